"""What kind of operation each torch function is: the table that the rule sets build on.

Names are those of the function or method, whichever module it is called through (`torch.softmax`,
`Tensor.softmax`, `torch.nn.functional.softmax`); an operation that is not listed is refused.
"""

_KINDS = {
    # Each output entry is a sum of input entries times constants, nothing is added.
    "linear_map": """
        view view_as reshape reshape_as flatten unflatten ravel squeeze unsqueeze transpose permute
        t T mT movedim moveaxis swapaxes swapdims contiguous clone expand expand_as broadcast_to
        repeat repeat_interleave tile narrow select index_select __getitem__ __iter__ split
        split_with_sizes chunk tensor_split unbind diagonal diag tril triu unfold take gather
        take_along_dim flip fliplr flipud roll to type type_as float double half bfloat16 cpu cuda
        sum mean cumsum neg negative __neg__ positive __pos__ copy_ dropout dropout1d dropout2d
        dropout3d feature_dropout avg_pool1d avg_pool2d
        avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d pixel_shuffle
        channel_shuffle interpolate upsample fold
    """,
    # Each output entry copies one input entry, which one depends on the values.
    "selection": """
        max_pool1d max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
        _max_pool1d _max_pool2d _max_pool3d max_pool1d_with_indices max_pool2d_with_indices
        max_pool3d_with_indices _adaptive_max_pool1d _adaptive_max_pool2d _adaptive_max_pool3d
        amax amin max min maximum minimum sort topk median
    """,
    # Linear in all operands together: operands that do not depend on the signal are sources.
    "addition": """
        add __add__ __radd__ sub subtract __sub__ __rsub__ rsub pad masked_fill
        where index_add index_put index_fill index_copy scatter scatter_add masked_scatter
        __setitem__ with_items
    """,
    "join": "cat concat concatenate stack hstack vstack dstack",
    "linear": "linear",
    "convolution": """
        conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    """,
    "batch_norm": "batch_norm",
    "layer_norm": "layer_norm",
    "group_norm": "group_norm",
    "instance_norm": "instance_norm",
    "rms_norm": "rms_norm",
    "activation": """
        gelu relu relu6 leaky_relu elu selu celu silu mish hardswish hardtanh tanh tanhshrink
        softsign sigmoid softplus logsigmoid hardsigmoid exp expm1 log1p square sin abs absolute
    """,
    "softmax": "softmax",
    "product": """
        mul multiply __mul__ __rmul__ matmul __matmul__ __rmatmul__ mm bmm mv dot inner
        outer einsum tensordot
    """,
    "division": "div divide true_divide __truediv__ __rtruediv__ __div__ __rdiv__",
    "attention": "scaled_dot_product_attention",
    "biased_product": "addmm baddbmm",
    "gated_unit": "glu",
}

OPERATIONS = {name: kind for kind, names in _KINDS.items() for name in names.split()}

#: Python's augmented assignments.
_AUGMENTED = {"__iadd__": "add", "__isub__": "sub", "__imul__": "mul", "__itruediv__": "div"}


def operation_name(function):
    """Name of a torch function, method or property in the table."""
    name = function.__name__
    return function.__self__.__name__ if name in ("__get__", "__set__") else name


def in_place(name):
    """Name of the operation that `name` applies in place, or None."""
    if name.endswith("_") and not name.endswith("__") and name != "copy_":
        return name.removesuffix("_")
    return _AUGMENTED.get(name)
