"""Normalisations: the scale is a constant, the mean stays linear (arXiv:2402.05602, section 3.3).

y = (x - mean(x)) r w + b with r = 1 / sd(x) held fixed: c_in = r (g - mean(g)) with g = w c. The
bias b keeps its share. Neither x nor y need be kept for the backward pass.
"""

import torch
from torch.autograd import Function


class _LayerNorm(Function):
    """Layer normalisation over the last axes."""

    @staticmethod
    def forward(ctx, x, shape, weight, bias, eps):
        y, _, inverse_sd = torch.native_layer_norm(x, shape, weight, bias, eps)
        ctx.save_for_backward(inverse_sd, weight)
        ctx.axes = tuple(range(-len(shape), 0))
        return y

    @staticmethod
    def backward(ctx, coefficient):
        inverse_sd, weight = ctx.saved_tensors
        scaled = (
            coefficient.clone() if weight is None else coefficient * weight
        )
        scaled -= scaled.mean(ctx.axes, keepdim=True)
        scaled *= inverse_sd
        return scaled, None, None, None, None


class _GroupNorm(Function):
    """Group normalisation: statistics over the channels of a group and all positions."""

    @staticmethod
    def forward(ctx, x, n_groups, weight, bias, eps):
        n, n_channels = x.shape[:2]
        size = x[0, 0].numel()
        y, _, inverse_sd = torch.native_group_norm(
            x.contiguous(), weight, bias, n, n_channels, size, n_groups, eps
        )
        ctx.save_for_backward(inverse_sd, weight)
        return y

    @staticmethod
    def backward(ctx, coefficient):
        inverse_sd, weight = ctx.saved_tensors
        n, n_channels = coefficient.shape[:2]
        scaled = coefficient.reshape(n, n_channels, -1)
        if weight is not None:
            scaled = scaled * weight[:, None]
        # Sample, group, channels and positions.
        groups = scaled.reshape(*inverse_sd.shape, -1)
        groups = groups - groups.mean(-1, keepdim=True)
        groups = groups * inverse_sd[..., None]
        return groups.view(coefficient.shape), None, None, None, None


def _in_precision_of_norms(input):
    """On a GPU, autocast computes norms in single precision."""
    if input.is_cuda and torch.is_autocast_enabled("cuda"):
        return input.float()
    return input


def layer_norm(
    run,
    function,
    input,
    normalized_shape,
    weight=None,
    bias=None,
    eps=1e-5,
    cudnn_enable=True,
):
    """Layer normalisation with its scale held constant."""
    input = _in_precision_of_norms(input)
    shape = tuple(normalized_shape)
    output = _LayerNorm.apply(input, shape, weight, bias, eps)
    if bias is not None:
        run.absorb(output, "bias_norm", bias)
    return output


def group_norm(
    run,
    function,
    input,
    num_groups,
    weight=None,
    bias=None,
    eps=1e-5,
    cudnn_enabled=True,
):
    """Group normalisation with its scale held constant."""
    input = _in_precision_of_norms(input)
    output = _GroupNorm.apply(input, num_groups, weight, bias, eps)
    if bias is not None:
        run.absorb_vector(output, "bias_norm", bias, axis=1)
    return output


def instance_norm(
    run,
    function,
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """Instance normalisation: one group a channel, or the affine map of running statistics."""
    if function is torch.instance_norm:
        run.refuse(
            "torch.instance_norm (torch.nn.functional.instance_norm has a rule)"
        )
    if use_input_stats:
        return group_norm(
            run, function, input, input.shape[1], weight, bias, eps
        )
    return batch_norm(
        run, function, input, running_mean, running_var, weight, bias, eps=eps
    )


def rms_norm(run, function, input, normalized_shape, weight=None, eps=None):
    """Root-mean-square normalisation with its scale held constant; it adds nothing."""
    if eps is None:
        eps = torch.finfo(input.dtype).eps
    axes = tuple(range(-len(normalized_shape), 0))
    power = input.detach().square().mean(axes, keepdim=True)
    scale = (power + eps).rsqrt()
    if weight is not None:
        scale = scale * weight
    return input * scale


def batch_norm(
    run,
    function,
    input,
    running_mean,
    running_var,
    weight=None,
    bias=None,
    training=False,
    momentum=0.1,
    eps=1e-5,
):
    """Batch normalisation by running statistics: an affine map along the channels."""
    if function is torch.batch_norm:
        run.refuse(
            "torch.batch_norm (torch.nn.functional.batch_norm has a rule)"
        )
    if training or running_mean is None:
        run.refuse(
            "batch_norm by the batch's own statistics, which mix samples,"
        )
    scale = (running_var + eps).rsqrt() * (1 if weight is None else weight)
    shift = -running_mean * scale + (0 if bias is None else bias)
    shape = (-1, *(1 for _ in input.shape[2:]))
    output = torch.addcmul(shift.view(shape), input, scale.view(shape))
    run.absorb_vector(output, "bias_norm", shift, axis=1)
    return output


def unit_norm(run, function, input, p=2.0, dim=1, eps=1e-12, out=None):
    """Division by a vector's own norm (`torch.nn.functional.normalize`), held constant."""
    norm = input.detach().norm(p, dim, keepdim=True)
    return input / norm.clamp_min(eps)
