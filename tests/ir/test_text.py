"""text: a graph for people and for diffs."""

from tests.passes.graphs import Sketch, conv
from tinsmith.ir.text import node_text, text
from tinsmith.ops.activations import Clip
from tinsmith.ops.conv import Conv
from tinsmith.ops.topk import TopK


def test_a_whole_graph() -> None:
    s = Sketch()
    y = s.node(Clip(0, 6), conv(s, s.input(1, 3, 8), 4, bias=False))
    graph = s.graph(y)
    assert text(graph) == """\
graph sketch(x0: f32[1,3,8]) -> (clip1)
  conv0: f32[1,4,8] = Conv(strides=(1,), pads=(1, 1), dilations=(1,))(x0, w0: f32[4,3,3])
  clip1: f32[1,4,8] = Clip(low=0, high=6)(conv0)
"""
    assert text(graph) == text(graph.replace())


def test_absent_inputs_and_outputs() -> None:
    s = Sketch()
    x = s.input(1, 4, 8)
    s.node(Conv((1,), (1, 1), (1,)), x, s.weight(4, 4, 3), "", x)
    _, places = s.nodes_out(TopK(2, 2), 2, x)
    s.nodes[-1] = s.nodes[-1].replace(outputs=("", places))
    graph = s.graph(places)
    assert node_text(graph, graph.nodes[0]).endswith("(x0, w0: f32[4,4,3], _, x0)")
    assert node_text(graph, graph.nodes[1]).startswith("_, topk1:1: i64[1,4,2] = TopK(")
