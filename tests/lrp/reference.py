"""Relevance a second time, slowly: R itself from explicit contributions, nothing of the engine.

A layer here is a function of its input that returns its output and a function that takes the
output's relevance back to the input. Layers work on one sample, in float64.
"""

import math
from collections import defaultdict
from functools import partial

import torch
import torch.nn.functional as F


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


# --- weighted sums: which part of R_j each contribution z_ij gets ---------------------------------


def share(received, total):
    """Relevance per unit of a sum; nothing where the sum is nothing."""
    return torch.where(total == 0, 0, received / total)


def sign(total):
    return torch.where(total >= 0, torch.ones_like(total), -1)


def gradient_parts(z):
    return share(z, z.sum(-1, keepdim=True))


def epsilon_parts(z, epsilon):
    total = z.sum(-1, keepdim=True)
    return share(z, total + epsilon * sign(total))


def gamma_parts(z, gamma, epsilon=0.0):
    total = z.sum(-1, keepdim=True)
    same_sign = torch.where(z.sign() * total.sign() > 0, z, 0)
    below = (
        total + gamma * same_sign.sum(-1, keepdim=True) + epsilon * sign(total)
    )
    return share(z + gamma * same_sign, below)


def z_plus_parts(z, epsilon):
    positive = torch.where(z > 0, z, 0)
    return share(positive, positive.sum(-1, keepdim=True) + epsilon)


def alpha_beta_parts(z, alpha, beta, epsilon):
    negative = torch.where(z < 0, z, 0)
    to_negative = share(negative, negative.sum(-1, keepdim=True) - epsilon)
    return alpha * z_plus_parts(z, epsilon) - beta * to_negative


PARTS = {
    "gradient": gradient_parts,
    "epsilon": epsilon_parts,
    "gamma": gamma_parts,
    "z_plus": z_plus_parts,
    "alpha_beta": alpha_beta_parts,
}


def parts_of(rule):
    """The function of a rule as it is written in a table."""
    if isinstance(rule, str):
        return PARTS[rule]
    return partial(
        PARTS[rule["rule"]], **{k: v for k, v in rule.items() if k != "rule"}
    )


def contributions(x, matrix, bias):
    """x_i w_ji and, last, the bias: (n_rows, n_outputs, n_inputs + 1)."""
    bias = bias.expand(len(x), -1)[:, :, None]
    return torch.cat([x[:, None, :] * matrix, bias], -1)


def as_matrix(operation, shape):
    """Matrix (n_outputs, n_inputs) of a linear operation on one sample of this shape."""
    size = math.prod(shape)
    return (
        operation(torch.eye(size, dtype=torch.float64).view(size, *shape))
        .flatten(1)
        .T
    )


# --- rule sets, as the papers have them -----------------------------------------------------------

#: What the rules with two denominators add to them unless told otherwise.
SMALL = 1e-9


def rule_set(convolution, linear, softmax):
    return {"convolution": convolution, "linear": linear, "softmax": softmax}


EPSILON = {"rule": "epsilon", "epsilon": 1e-6}
Z_PLUS = {"rule": "z_plus", "epsilon": SMALL}
ALPHA_BETA = {
    "rule": "alpha_beta",
    "alpha": 2.0,
    "beta": 1.0,
    "epsilon": SMALL,
}
SETS = {
    "attn_lrp": rule_set("gradient", "gradient", "taylor"),
    "cp_lrp": rule_set("gradient", "gradient", "constant"),
    "epsilon": rule_set(EPSILON, EPSILON, "taylor"),
    "gamma": rule_set(
        {"rule": "gamma", "gamma": 0.25},
        {"rule": "gamma", "gamma": 0.05},
        "constant",
    ),
    "z_plus": rule_set(Z_PLUS, Z_PLUS, "constant"),
    "alpha_beta": rule_set(ALPHA_BETA, ALPHA_BETA, "constant"),
    "pa_lrp": rule_set("gradient", "gradient", "taylor"),
}


# --- layers that book nothing ---------------------------------------------------------------------


def chain(*layers):
    """One layer after the other."""

    def run(x):
        steps = []
        for layer in layers:
            x, back = layer(x)
            steps.append(back)

        def back(received):
            for step in reversed(steps):
                received = step(received)
            return received

        return x, back

    return run


def residual(branch):
    """x + branch(x): relevance in proportion to the summands."""

    def run(x):
        inner, back_inner = branch(x)

        def back(received):
            per_unit = share(received, x + inner)
            return per_unit * x + back_inner(per_unit * inner)

        return x + inner, back

    return run


def elementwise(function):
    """An activation or a constant factor: relevance passes as it is."""
    return lambda x: (function(x), lambda received: received)


def moved(there, back):
    """Elements in another order or shape."""
    return lambda x: (there(x), back)


def linear_map(operation):
    """A linear operation without parameters, such as a mean, on a whole sample."""

    def run(x):
        matrix = as_matrix(operation, x.shape)
        y = operation(x[None])[0]

        def back(received):
            return x * (share(received, y).flatten() @ matrix).view(x.shape)

        return y, back

    return run


def max_pool(size):
    """Maxima along the last axis: all relevance to the winner."""

    def run(x):
        y, winners = F.max_pool1d(x, size, return_indices=True)
        return y, lambda received: torch.zeros_like(x).scatter_add(
            -1, winners, received
        )

    return run


def first(x):
    """The first row of several."""
    return x[:1], lambda received: torch.cat(
        [received, torch.zeros_like(x[1:])]
    )


# --- layers with sources --------------------------------------------------------------------------


class Layers:
    """Layers under one rule set, which book what sources receive."""

    def __init__(self, rules):
        rules = SETS[rules] if isinstance(rules, str) else rules
        self.softmax = rules["softmax"]
        self.parts = {
            kind: parts_of(rules[kind]) for kind in ("linear", "convolution")
        }
        self.book = defaultdict(float)

    def weighted(self, matrix, bias, parts, source):
        """Weighted sums of (n_rows, n_inputs)."""

        def run(x):
            z = contributions(x, matrix, bias)

            def back(received):
                each = parts(z) * received[:, :, None]
                self.book[source] += each[:, :, -1].sum()
                self.book["epsilon"] += (received - each.sum(-1)).sum()
                return each[:, :, :-1].sum(1)

            return z.sum(-1), back

        return run

    def linear(self, weight, bias=None, parts=None):
        """A linear layer on the last axis of (n_rows, n_inputs)."""
        bias = (
            torch.zeros(len(weight), dtype=weight.dtype)
            if bias is None
            else bias
        )
        return self.weighted(
            weight, bias, parts or self.parts["linear"], "bias_linear"
        )

    def linear_module(self, module, parts=None):
        return self.linear(module.weight, module.bias, parts)

    def convolution(self, module):
        """A convolution of (n_rows, n_channels, ...), each row alone, as a matrix."""

        def run(x):
            bare = {
                "weight": module.weight,
                "bias": torch.zeros_like(module.bias),
            }
            matrix = as_matrix(
                lambda v: torch.func.functional_call(module, bare, v),
                x.shape[1:],
            )
            shape = module(x).shape
            bias = module.bias.repeat_interleave(math.prod(shape[2:]))
            inner = self.weighted(
                matrix, bias, self.parts["convolution"], "bias_conv"
            )
            z, back = inner(x.flatten(1))
            return z.view(shape), lambda received: back(
                received.flatten(1)
            ).view(x.shape)

        return run

    def centred_and_scaled(self, weight, bias, eps, axes):
        """Normalisation over `axes` with its scale constant: a linear map minus a mean."""

        def run(x):
            mean = x.mean(axes, keepdim=True)
            sd = ((x - mean).square().mean(axes, keepdim=True) + eps).sqrt()
            y = (x - mean) / sd * weight + bias
            count = x.numel() // mean.numel()

            def back(received):
                per_unit = share(received, y)
                self.book["bias_norm"] += (per_unit * bias).sum()
                scaled = per_unit * weight / sd
                return x * (scaled - scaled.sum(axes, keepdim=True) / count)

            return y, back

        return run

    def layer_norm(self, module):
        """Over the last axis."""
        return self.centred_and_scaled(
            module.weight, module.bias, module.eps, (-1,)
        )

    def group_norm(self, module):
        """Groups of channels over all rows of (n_rows, n_channels, n_times)."""
        shape = (module.num_groups, -1, 1, 1)
        weight, bias = module.weight.view(shape), module.bias.view(shape)
        inner = self.centred_and_scaled(weight, bias, module.eps, (1, 2, 3))

        def run(x):
            rows, channels, times = x.shape

            def group(value):
                return value.transpose(0, 1).reshape(
                    module.num_groups, -1, rows, times
                )

            def ungroup(value):
                return value.reshape(channels, rows, times).transpose(0, 1)

            y, back = inner(group(x))
            return ungroup(y), lambda received: ungroup(back(group(received)))

        return run

    def attention(self, n_heads, norm_queries=None, norm_keys=None):
        """Self-attention from (n_tokens, queries + keys + values), without its projections."""
        same = elementwise(lambda v: v)
        norms = norm_queries or same, norm_keys or same

        def run(qkv):
            q, k, v = qkv.reshape(len(qkv), 3, n_heads, -1).permute(1, 2, 0, 3)
            (q, back_q), (k, back_k) = norms[0](q), norms[1](k)
            mixed, back_mixed = self.mix(q * q.shape[-1] ** -0.5, k, v)

            def back(received):
                received = received.view(len(qkv), n_heads, -1).transpose(0, 1)
                to_q, to_k, to_v = back_mixed(received)
                parts = torch.stack([back_q(to_q), back_k(to_k), to_v])
                return parts.permute(2, 0, 1, 3).reshape(qkv.shape)

            return mixed.transpose(0, 1).reshape(len(qkv), -1), back

        return run

    def mix(self, q, k, v):
        """softmax(q k) v for (n_heads, n_tokens, width), every product in sight."""
        pairs = torch.einsum("hid,hjd->hijd", q, k)
        scores = pairs.sum(-1)
        weights = scores.softmax(-1)
        products = torch.einsum("hij,hjd->hijd", weights, v)
        mixed = products.sum(2)

        def back(received):
            each = products * share(received, mixed)[:, :, None]
            if self.softmax == "constant":
                return torch.zeros_like(q), torch.zeros_like(k), each.sum(1)
            to_weights, to_v = each.sum(3) / 2, each.sum(1) / 2
            to_scores = scores * (
                to_weights - weights * to_weights.sum(-1, keepdim=True)
            )
            self.book["softmax"] += (to_weights - to_scores).sum()
            halves = pairs * share(to_scores, scores)[..., None] / 2
            return halves.sum(2), halves.sum(1), to_v

        return mixed, back


# --- comparing ------------------------------------------------------------------------------------


def assert_agrees(found, i, output, relevance, book):
    """Sample `i` of an explanation has this output, relevance and ledger, and no other source."""
    book = {**book, "input": relevance.sum()}
    scale = sum(abs(value) for value in book.values()) + relevance.abs().sum()
    close = dict(rtol=1e-6, atol=1e-9 * float(scale))
    torch.testing.assert_close(found.output[i], output, **close)
    torch.testing.assert_close(found.relevance[i], relevance, **close)
    for source in {*book, *found.ledger}:
        expected = torch.as_tensor(book.get(source, 0.0), dtype=torch.float64)
        ledger = found.ledger.get(
            source, torch.zeros(len(found.output), dtype=torch.float64)
        )
        torch.testing.assert_close(
            ledger[i], expected, **close, msg=lambda m, s=source: f"{s}: {m}"
        )
