"""Batch-, Instance-, Group-, Layer-, RMSNormalization and LRN."""

from tests.cases.case import Case, random
from tinsmith.dtypes import Array, DType
from tinsmith.ops.batch_normalization import BatchNormalization
from tinsmith.ops.lrn import LRN
from tinsmith.ops.normalization import (
    GroupNormalization,
    InstanceNormalization,
    LayerNormalization,
    RMSNormalization,
)


def image(*shape: int, dtype: str = "float32") -> Array:
    """Seeded values around 3, so that the mean matters."""
    return random(*shape, dtype=dtype, low=1, high=5)


def affine(*shape: int, dtype: str = "float32") -> tuple[Array, Array]:
    """A scale and a bias."""
    return (random(*shape, dtype=dtype, seed=1, low=0.5, high=1.5),
            random(*shape, dtype=dtype, seed=2))


def statistics(channels: int, dtype: str = "float32") -> tuple[Array, Array]:
    """A mean and a variance."""
    return (random(channels, dtype=dtype, seed=3, low=1, high=5),
            random(channels, dtype=dtype, seed=4, low=0.1, high=2))


CASES = (
    Case("batch_normalization", BatchNormalization(),
         (image(2, 19, 7, 5), *affine(19), *statistics(19)), (1, 2, 3, 4), 1e-5),
    Case("batch_normalization_runtime", BatchNormalization(1e-2),
         (image(2, 6, 7), *affine(6), *statistics(6)), (), 1e-5),
    Case("batch_normalization_2d", BatchNormalization(),
         (image(3, 20), *affine(20), *statistics(20)), (1, 2, 3, 4), 1e-5),
    Case("batch_normalization_1d", BatchNormalization(),
         (image(9), *affine(1), *statistics(1)), (1, 2, 3, 4), 1e-5),
    Case("batch_normalization_f64", BatchNormalization(),
         (image(2, 3, 4, 4, dtype="float64"), *affine(3, dtype="float64"),
          *statistics(3, "float64")), (1, 2, 3, 4), 1e-13),
    Case("batch_normalization_mixed", BatchNormalization(),
         (image(2, 3, 4, 4, dtype="float16"), *affine(3, dtype="bfloat16"), *statistics(3)),
         (1, 2, 3, 4), 2e-3),
    Case("instance_normalization", InstanceNormalization(),
         (image(2, 5, 9, 7), *affine(5)), (1, 2), 1e-5),
    Case("instance_normalization_1d", InstanceNormalization(epsilon=1e-3),
         (image(2, 5, 100), *affine(5)), (1, 2), 1e-5),
    Case("instance_normalization_f16", InstanceNormalization(),
         (image(2, 5, 9, 7, dtype="float16"), *affine(5, dtype="float16")), (1, 2), 2e-3),
    Case("instance_normalization_empty", InstanceNormalization(),
         (image(0, 5, 9, 7), *affine(5)), (1, 2), 1e-5),
    Case("group_normalization", GroupNormalization(4), (image(2, 12, 5, 7), *affine(12)), (1, 2),
         1e-5),
    Case("group_normalization_one", GroupNormalization(1), (image(1, 6, 5, 3), *affine(6)), (),
         1e-5),
    Case("group_normalization_f64", GroupNormalization(3),
         (image(1, 6, 5, 3, dtype="float64"), *affine(6, dtype="float64")), (1, 2), 1e-12),
    Case("layer_normalization", LayerNormalization(2), (image(2, 7, 48), *affine(48)), (1, 2),
         1e-5, (0,)),
    Case("layer_normalization_statistics", LayerNormalization(1),
         (image(3, 5, 7), *affine(5, 7)), (1, 2), 1e-5),
    Case("layer_normalization_inverse", LayerNormalization(1),
         (image(3, 50), *affine(50)), (1, 2), 1e-5, (0, 2)),
    Case("layer_normalization_no_bias", LayerNormalization(0, 1e-2),
         (image(30), affine(30)[0]), (1,), 1e-5, (0,)),
    Case("layer_normalization_f16", LayerNormalization(1),
         (image(3, 50, dtype="float16"), *affine(50, dtype="float16")), (1, 2), 2e-3),
    Case("layer_normalization_stash_f64", LayerNormalization(1, stash=DType.F64),
         (image(3, 50), *affine(50)), (1, 2), 1e-6),
    Case("layer_normalization_f64_stash_f32", LayerNormalization(1),
         (image(3, 50, dtype="float64"), *affine(50, dtype="float64")), (1, 2), 1e-5),
    Case("rms_normalization", RMSNormalization(2), (random(2, 3, 65), affine(65)[0]), (1,), 1e-5),
    Case("rms_normalization_all", RMSNormalization(0, 1e-3),
         (random(2, 3, 5), affine(2, 3, 5)[0]), (), 1e-5),
    Case("rms_normalization_bf16", RMSNormalization(1),
         (random(2, 30, dtype="bfloat16"), affine(30, dtype="bfloat16")[0]), (1,), 8e-3),
    Case("lrn", LRN(5, 1e-2, 0.75, 1.0), (image(2, 11, 5, 7),), (), 1e-5),
    Case("lrn_even", LRN(4, 0.5, 0.5, 2.0), (image(1, 6, 17, 17),), (), 1e-5),
    Case("lrn_wide", LRN(9, 0.5, 1.0, 2.0), (image(1, 4, 5, 3),), (), 1e-5),
    Case("lrn_power", LRN(3, 0.5, 0.6, 1.5), (image(1, 4, 5, 3),), (), 1e-5),
    Case("lrn_f64", LRN(3, 0.5, 0.6, 1.5), (image(1, 4, 5, 3, dtype="float64"),), (), 1e-13),
    Case("lrn_f16", LRN(3, 0.5), (image(1, 4, 5, 3, dtype="float16"),), (), 1e-3),
)
