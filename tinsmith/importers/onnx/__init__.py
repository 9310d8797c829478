"""ONNX: ``read`` turns bytes into raw nodes, ``build`` and the ``map_*`` files into a graph."""
