"""What a PyTorch file says of its tensors, views of storages, and how they become arrays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

import ml_dtypes
import numpy as np

from tinsmith.errors import ModelError

RANK_LIMIT = 32
SHARED_LIMIT_BYTES = 1 << 24  # that tensors may have beyond twice what is stored

STORAGES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}


@dataclass(frozen=True, slots=True)
class Storage:
    """A run of elements, as the pickle announces it."""

    key: str
    dtype: np.dtype[np.generic]
    count: int


@dataclass(frozen=True, slots=True)
class TensorRef:
    """A tensor as the pickle describes it: a view of a storage."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def check_total(tensors: Iterable[tuple[str, TensorRef]]) -> None:
    """Refuse many tensors made of few bytes: each becomes an array of its own."""
    refs = [ref for _, ref in tensors]
    total = sum(
        min(prod(ref.shape), ref.storage.count) * ref.storage.dtype.itemsize for ref in refs
    )
    stored = sum(s.count * s.dtype.itemsize for s in {ref.storage for ref in refs})
    if total > SHARED_LIMIT_BYTES + 2 * stored:
        raise ModelError(
            f"expected tensors that share few elements, got {total} bytes of them in {stored} "
            "bytes; save model.state_dict() again"
        )


def materialise(name: str, ref: TensorRef, storages: Mapping[str, np.ndarray]) -> np.ndarray:
    """The tensor as an array of its own, after checking that its view lies in its storage."""
    storage = storages[ref.storage.key]
    count = prod(ref.shape)
    reach = sum((size - 1) * stride for size, stride in zip(ref.shape, ref.strides, strict=True))
    inside = ref.offset + reach < len(storage) if count else ref.offset <= len(storage)
    if not inside or count > len(storage):
        raise ModelError(
            f"expected tensor '{name}' inside its storage of {len(storage)} elements, got offset "
            f"{ref.offset}, shape {ref.shape}, strides {ref.strides}; fetch the file again"
        )
    steps = [stride * storage.itemsize for stride in ref.strides]
    view = np.lib.stride_tricks.as_strided(storage[ref.offset :], ref.shape, steps)
    return view.copy()


def is_count(value: object) -> bool:
    """Whether a pickle gave a number of elements."""
    return type(value) is int and 0 <= value < 1 << 63


def are_counts(value: object) -> bool:
    """Whether a pickle gave a shape or strides."""
    return isinstance(value, tuple) and len(value) <= RANK_LIMIT and all(map(is_count, value))
