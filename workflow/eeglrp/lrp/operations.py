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
        sum mean cumsum neg negative __neg__ positive __pos__ dropout dropout1d dropout2d
        dropout3d feature_dropout avg_pool1d avg_pool2d
        avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d pixel_shuffle
        channel_shuffle pixel_unshuffle interpolate upsample fold im2col col2im unfold_copy
        rot90 narrow_copy slice_copy hsplit vsplit dsplit nanmean atleast_1d atleast_2d atleast_3d
        nansum
        index_select diag_embed trace
        fft_fft fft_ifft fft_rfft fft_irfft fft_hfft fft_ihfft fft_fft2 fft_ifft2 fft_rfft2
        fft_irfft2 fft_fftn fft_ifftn fft_rfftn fft_irfftn fft_fftshift fft_ifftshift stft istft
        real imag conj conj_physical resolve_conj resolve_neg view_as_real view_as_complex H mH
        adjoint
    """,
    # Each output entry copies one input entry, which one depends on the values.
    "selection": """
        max_pool1d max_pool2d max_pool3d adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d
        _max_pool1d _max_pool2d _max_pool3d max_pool1d_with_indices max_pool2d_with_indices
        max_pool3d_with_indices _adaptive_max_pool1d _adaptive_max_pool2d _adaptive_max_pool3d
        amax amin max min maximum minimum sort topk median kthvalue cummax cummin
    """,
    # Linear in all operands together: operands that do not depend on the signal are sources.
    "addition": """
        add __add__ __radd__ sub subtract __sub__ __rsub__ rsub pad masked_fill
        where index_add index_put index_fill index_copy scatter scatter_add masked_scatter
        __setitem__ with_items copy_ with_values diff diagonal_scatter select_scatter slice_scatter
    """,
    "join": "cat concat concatenate stack hstack vstack dstack complex block_diag",
    "linear": "linear",
    "convolution": """
        conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    """,
    "batch_norm": "batch_norm",
    "layer_norm": "layer_norm",
    "group_norm": "group_norm",
    "instance_norm": "instance_norm",
    "rms_norm": "rms_norm",
    "unit_norm": "normalize",
    "activation": """
        gelu relu relu6 leaky_relu elu selu celu silu mish hardswish hardtanh tanh tanhshrink
        softsign sigmoid softplus logsigmoid log_sigmoid hardsigmoid exp exp2 expm1 log1p square
        sin cos atan arctan asinh sinh cosh erf erfc sinc nan_to_num abs absolute sqrt log log2
        log10 clamp clip clamp_min clamp_max prelu rrelu hardshrink softshrink threshold _threshold
        special_expm1 special_expit special_log1p
    """,
    "power": "pow __pow__ __rpow__ float_power",
    # What normalises something else; relevance goes to that.
    "scale": "rsqrt reciprocal",
    # Of some degree in its input: f(a x) = a^k f(x).
    "spread": """
        var std var_mean std_mean norm linalg_norm linalg_vector_norm frobenius_norm cov hypot
        quantile nanquantile
    """,
    "softmax": "softmax",
    # Smooth, and no better rule is known.
    "curve": """
        log_softmax logsumexp prod cumprod softmin cdist pairwise_distance cosine_similarity angle
        atan2 arctan2 alpha_dropout feature_alpha_dropout
    """,
    "product": """
        mul multiply __mul__ __rmul__ matmul __matmul__ __rmatmul__ mm bmm mv dot inner
        outer einsum tensordot
    """,
    "division": "div divide true_divide __truediv__ __rtruediv__ __div__ __rdiv__",
    "attention": "scaled_dot_product_attention",
    "multi_head_attention": "multi_head_attention_forward",
    "recurrent": "lstm gru rnn_tanh rnn_relu",
    "recurrent_cell": "lstm_cell gru_cell rnn_tanh_cell rnn_relu_cell",
    "biased_product": "addmm baddbmm addcmul",
    "gated_unit": "glu",
}

OPERATIONS = {
    name: kind for kind, names in _KINDS.items() for name in names.split()
}

#: Python's augmented assignments.
_AUGMENTED = {
    "__iadd__": "add",
    "__isub__": "sub",
    "__imul__": "mul",
    "__itruediv__": "div",
}
_RANDOM = """
    rand randn randint randperm rand_like randn_like randint_like normal normal_ uniform_ random_
    gumbel_softmax bernoulli bernoulli_ multinomial exponential_ geometric_ cauchy_ log_normal_
    poisson
"""
_QUERIES = """
    size dim stride numel nelement __len__ is_floating_point is_complex is_contiguous get_device
    data_ptr element_size storage_offset __repr__ __hash__ __bool__ item tolist detach
"""
#: Operations that draw random numbers.
RANDOM = frozenset(_RANDOM.split())
#: Products that sum over an axis.
CONTRACTIONS = frozenset(
    {
        "matmul",
        "__matmul__",
        "__rmatmul__",
        "mm",
        "bmm",
        "einsum",
        "tensordot",
        "baddbmm",
    }
)
#: Operations that only look.
QUERIES = frozenset(_QUERIES.split())


def operation_name(function):
    """Name of a torch function, method or property in the table."""
    name = function.__name__
    if name in ("__get__", "__set__"):
        return function.__self__.__name__
    return name


def in_place(name):
    """Name of the operation that `name` applies in place, or None."""
    if name == "copy_" or name.endswith("__"):
        return _AUGMENTED.get(name)
    if name.endswith("_"):
        return name.removesuffix("_")
    return None


def may_be_random(function):
    """Whether an operation may draw random numbers."""
    name = operation_name(function)
    return "dropout" in name or "rrelu" in name or name in RANDOM


def is_random(function, args, kwargs):
    """Whether an operation draws random numbers, called like this."""
    name = operation_name(function)
    if not ("dropout" in name or "rrelu" in name):
        return name in RANDOM
    place = 3 if "rrelu" in name else 2
    if len(args) > place:
        return bool(args[place])
    for key in ("train", "training"):
        if key in kwargs:
            return bool(kwargs[key])
    return "dropout" in name


def only_reads(function, kwargs):
    """Whether an operation certainly changes none of its operands."""
    name = operation_name(function)
    if name not in OPERATIONS or name in ("__setitem__", "copy_"):
        return False
    return function.__name__ != "__set__" and "out" not in kwargs


def is_query(function):
    """Whether an operation looks at a tensor and computes nothing."""
    name = operation_name(function)
    if name in QUERIES:
        return True
    return function.__name__ == "__get__" and name not in OPERATIONS
