"""Resize."""

from tests.cases.case import Case, random
from tinsmith.ops.resize import COORDINATES, ROUNDINGS, Resize


def _scaled(shape, sizes, **attributes):
    scales = tuple(s / d for s, d in zip(sizes, shape, strict=True))
    if attributes.get("coordinate_transformation_mode") == "tf_crop_and_resize":
        attributes.setdefault("roi", (0.0,) * len(shape) + (1.0,) * len(shape))
    return Resize(tuple(sizes), scales, **attributes)


X = random(2, 3, 5, 7)
HALF = random(1, 2, 4, 5).astype("float16")

CASES = (
    *(Case(f"resize_{mode}_{coordinates}", _scaled(
        X.shape, (2, 3, 8, 13), mode=mode, coordinate_transformation_mode=coordinates), (X,),
        tolerance=0 if mode == "nearest" else 1e-5)
      for mode in ("nearest", "linear", "cubic") for coordinates in COORDINATES),
    *(Case(f"resize_nearest_{rounding}", _scaled(X.shape, (2, 3, 3, 4), nearest_mode=rounding),
           (X,)) for rounding in ROUNDINGS),
    *(Case(f"resize_antialias_{mode}", _scaled(X.shape, (2, 3, 2, 3), mode=mode, antialias=True),
           (X,), tolerance=1e-5) for mode in ("linear", "cubic")),
    Case("resize_exclude_outside", _scaled(X.shape, (2, 3, 9, 9), mode="cubic",
                                           cubic_coeff_a=-0.5, exclude_outside=True),
         (X,), tolerance=1e-5),
    *(Case(f"resize_crop_{mode}", _scaled(
        X.shape, (2, 3, 6, 6), mode=mode, coordinate_transformation_mode="tf_crop_and_resize",
        roi=(0, 0, -0.3, 0.2, 1, 1, 0.7, 1.4), extrapolation_value=-9.5), (X,),
        tolerance=0 if mode == "nearest" else 1e-5) for mode in ("nearest", "linear", "cubic")),
    Case("resize_1d", _scaled((1, 2, 9), (1, 2, 5), mode="linear"), (random(1, 2, 9),),
         tolerance=1e-5),
    Case("resize_3d", _scaled((1, 2, 3, 4, 5), (1, 2, 5, 3, 8), mode="linear"),
         (random(1, 2, 3, 4, 5),), tolerance=1e-5),
    Case("resize_nhwc", _scaled((2, 4, 5, 3), (2, 8, 7, 3), mode="linear"),
         (random(2, 4, 5, 3),), tolerance=1e-5),
    Case("resize_all_axes", _scaled(X.shape, (3, 2, 4, 9), mode="cubic"), (X,), tolerance=1e-5),
    Case("resize_nothing", _scaled(X.shape, X.shape, mode="linear"), (X,), tolerance=1e-5),
    Case("resize_nothing_nearest", _scaled(X.shape, X.shape), (X,)),
    Case("resize_from_one", _scaled((1, 1, 1, 1), (1, 1, 3, 4), mode="linear"),
         (random(1, 1, 1, 1),), tolerance=1e-5),
    Case("resize_to_one", _scaled(X.shape, (2, 3, 1, 1), mode="linear",
                                  coordinate_transformation_mode="align_corners"),
         (X,), tolerance=1e-5),
    Case("resize_empty", Resize((0, 3, 8, 8), (1.0, 1.0, 1.6, 8 / 7), "linear"),
         (random(0, 3, 5, 7),)),
    Case("resize_u8", _scaled(X.shape, (2, 3, 10, 14)),
         (random(2, 3, 5, 7, dtype="uint8", low=0, high=255),)),
    Case("resize_i64", _scaled((4,), (9,)), (random(4, dtype="int64", low=-99, high=99),)),
    Case("resize_f64", _scaled(X.shape, (2, 3, 10, 14), mode="cubic"), (X.astype("float64"),),
         tolerance=1e-12),
    Case("resize_f16", _scaled(HALF.shape, (1, 2, 8, 9), mode="linear"), (HALF,), tolerance=1e-3),
    Case("resize_f16_nearest_crop", _scaled(
        HALF.shape, (1, 2, 8, 9), coordinate_transformation_mode="tf_crop_and_resize",
        roi=(0, 0, -0.5, 0, 1, 1, 1, 1), extrapolation_value=-2.5), (HALF,)),
)
