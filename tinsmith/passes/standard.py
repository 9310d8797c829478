"""The passes in their order: ``STANDARD`` simplifies, ``FUSIONS`` prepares for kernels.

Each inner tuple is a group that the manager runs until it comes to rest. What ``STANDARD`` leaves
is still a plain network (quantised, pruned and trained in that form); ``FUSIONS`` puts
activations, residuals and chains of arithmetic into the operators whose kernels compute them.
``bound_to`` gives those that ask for the machine; no other ever sees one. ``lowering``
then lowers the precision of storage, by the name that the user gives.
"""

from __future__ import annotations

from tinsmith.passes.bound import bind, sparing
from tinsmith.passes.cancel_reshapes import cancel_reshapes
from tinsmith.passes.cancel_slices import cancel_slices
from tinsmith.passes.cancel_transposes import cancel_transposes
from tinsmith.passes.eliminate_cast import eliminate_cast
from tinsmith.passes.eliminate_common_subexpressions import eliminate_common_subexpressions
from tinsmith.passes.eliminate_dead_code import eliminate_dead_code
from tinsmith.passes.fold_affine import fold_affine
from tinsmith.passes.fold_batchnorm import fold_batchnorm
from tinsmith.passes.fold_constants import fold_constants
from tinsmith.passes.fold_identity import fold_identity
from tinsmith.passes.fold_neutral import fold_neutral
from tinsmith.passes.fold_pad import fold_pad
from tinsmith.passes.fuse_activation import fuse_activation
from tinsmith.passes.fuse_elementwise import fuse_elementwise
from tinsmith.passes.fuse_matmul_bias import fuse_matmul_bias
from tinsmith.passes.fuse_residual import fuse_residual
from tinsmith.passes.halve_weights import halve_weights
from tinsmith.passes.hoist_activations import hoist_activations
from tinsmith.passes.hoist_scales import hoist_scales
from tinsmith.passes.keep_reduced_axes import keep_reduced_axes
from tinsmith.passes.manager import Pass
from tinsmith.passes.move_transposes import move_transposes
from tinsmith.passes.recognise_clip import recognise_clip
from tinsmith.passes.recognise_gelu import recognise_gelu
from tinsmith.passes.recognise_global_pool import recognise_global_pool
from tinsmith.passes.recognise_hardsigmoid import recognise_hardsigmoid
from tinsmith.passes.recognise_hardswish import recognise_hardswish
from tinsmith.passes.recognise_layernorm import recognise_layernorm
from tinsmith.passes.recognise_mish import recognise_mish
from tinsmith.passes.recognise_silu import recognise_silu
from tinsmith.passes.reduce_strength import reduce_strength
from tinsmith.passes.split_channels import split_channels
from tinsmith.passes.split_conv_transpose import split_conv_transpose
from tinsmith.passes.store_as_bf16 import store_as_bf16
from tinsmith.passes.widen_halves import widen_halves
from tinsmith.request import Numerics, Request

CLEANING: tuple[Pass, ...] = (
    fold_constants,
    fold_identity,
    fold_neutral,
    eliminate_cast,
    cancel_reshapes,
    cancel_slices,
    cancel_transposes,
    eliminate_common_subexpressions,
    eliminate_dead_code,
)

RECOGNITION: tuple[Pass, ...] = (
    recognise_clip,
    recognise_hardsigmoid,
    recognise_hardswish,
    recognise_silu,
    recognise_mish,
    recognise_gelu,
    recognise_layernorm,
)

STANDARD: tuple[tuple[Pass, ...], ...] = (
    (widen_halves,),
    (hoist_scales,),
    CLEANING,
    (*RECOGNITION, *CLEANING),
    (keep_reduced_axes, move_transposes, *CLEANING),
    (
        recognise_global_pool,
        fuse_matmul_bias,
        fold_pad,
        fold_batchnorm,
        fold_affine,
        *CLEANING,
    ),
    (reduce_strength, *CLEANING),
)

FUSIONS: tuple[tuple[Pass, ...], ...] = (
    (fuse_residual,),
    (hoist_activations, fuse_activation, cancel_reshapes, eliminate_dead_code),
    (fuse_residual, split_conv_transpose, *CLEANING),
    (fuse_elementwise, eliminate_dead_code),
)


def bound_to(request: Request) -> tuple[tuple[Pass, ...], ...]:
    """The passes that ask for the machine, bound to a request. They run behind ``FUSIONS``."""
    return ((bind(split_channels, request), eliminate_dead_code),)


def lowering(numerics: Numerics) -> tuple[tuple[Pass, ...], ...]:
    """The passes that store values in the precision that a request names, but for its exceptions.

    What 'auto' stores lower is up to the schedule.
    """
    halve, store = (sparing(one, frozenset(dict(numerics.exceptions)))
                    for one in (halve_weights, store_as_bf16))
    if numerics.policy == "bf16":
        return (halve,), (store, eliminate_dead_code)
    return ((halve, eliminate_dead_code),) if numerics.policy == "f16" else ()
