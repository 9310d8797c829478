"""Fields of messages, whole, cut and damaged."""

from __future__ import annotations

import onnx
import pytest

from tinsmith.formats.protobuf import BYTES, FIXED32, FIXED64, VARINT, Field, fields

MODEL = onnx.ModelProto(ir_version=300, producer_name="ünï", doc_string="x" * 200)
ATTRIBUTE = onnx.AttributeProto(name="a", f=1.0)


def test_fields_of_a_message() -> None:
    assert list(fields(MODEL.SerializeToString())) == [
        Field(1, VARINT, b"\xac\x02"), Field(2, BYTES, "ünï".encode()),
        Field(6, BYTES, b"x" * 200)]
    assert list(fields(ATTRIBUTE.SerializeToString())) == [
        Field(1, BYTES, b"a"), Field(2, FIXED32, b"\x00\x00\x80\x3f")]
    assert list(fields(b"\x19" + bytes(range(8)))) == [Field(3, FIXED64, bytes(range(8)))]
    assert list(fields(b"")) == []


def test_a_message_may_be_cut_anywhere() -> None:
    data = MODEL.SerializeToString()
    whole = list(fields(data))
    for length in range(len(data)):
        found = list(fields(data[:length]))
        for field, wanted in zip(found, whole, strict=False):
            assert field[:2] == wanted[:2]
            assert field.value == wanted.value or field is found[-1]
            assert wanted.value.startswith(field.value)


@pytest.mark.parametrize("data", [
    b"\x00", b"\x0b\x01", b"\x0e\x01", b"\x0f", b"\x08" + b"\xff" * 10])
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(ValueError):
        list(fields(data))
