"""LaBraM as a whole: against a slow reference written from the rules, and its ledger."""

import pytest
import torch

from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error
from eeglrp.lrp.sources import SOURCES

HEADS, WIDTH = 10, 20


def share(received, total):
    """Relevance per unit of a sum."""
    return torch.where(total == 0, 0, received / total)


class Reference:
    """Relevance R itself (not a gradient) through LaBraM, layer by layer, for one window.

    Forward passes keep what each layer saw; backward passes apply the formulas of
    arXiv:2402.05602 with explicit sums. Sources are booked as they are met.
    """

    def __init__(self, model, names, rules):
        self.model, self.rules = model, rules
        from braindecode.models.labram import LABRAM_CHANNEL_ORDER as order

        self.rows = [0] + [order.index(name) + 1 for name in names]
        self.book = dict.fromkeys(SOURCES, 0.0)

    def linear(self, x, layer):
        """Weighted sum with bias; returns its value and how to send relevance back."""
        z = x @ layer.weight.T + (0 if layer.bias is None else layer.bias)

        def back(received):
            per_unit = share(received, z)
            if layer.bias is not None:
                self.book["bias_linear"] += (per_unit * layer.bias).sum()
            return x * (per_unit @ layer.weight)

        return z, back

    def convolve(self, x, layer):
        """Convolution of one patch row after the other, as a matrix."""
        basis = torch.eye(x[0].numel(), dtype=x.dtype).view(-1, x.shape[1], 1, x.shape[2])
        kernel = dict(stride=layer.stride, padding=layer.padding)
        columns = torch.nn.functional.conv2d(basis, layer.weight, None, **kernel)
        matrix, shape = columns.flatten(1), columns.shape[1:]
        bias = layer.bias.repeat_interleave(shape[-1])
        z = x.flatten(1) @ matrix + bias

        def back(received):
            per_unit = share(received.flatten(1), z)
            self.book["bias_conv"] += (per_unit * bias).sum()
            return (x.flatten(1) * (per_unit @ matrix.T)).view(x.shape)

        return z.view(len(x), shape[0], shape[2]), back

    def centre_and_scale(self, x, layer, axes, shape):
        """Normalisation over `axes` with its scale constant: a linear map minus a mean."""
        mean = x.mean(axes, keepdim=True)
        sd = ((x - mean).square().mean(axes, keepdim=True) + layer.eps).sqrt()
        weight, bias = layer.weight.view(shape), layer.bias.view(shape)
        y = (x - mean) / sd * weight + bias
        count = x.numel() // mean.numel()

        def back(received):
            per_unit = share(received, y)
            self.book["bias_norm"] += (per_unit * bias).sum()
            scaled = per_unit * weight / sd
            return x * (scaled - scaled.sum(axes, keepdim=True) / count)

        return y, back

    def group_norm(self, x, layer):
        """Groups of channels over all patches of the window."""
        n, channels, times = x.shape
        grouped = x.permute(1, 0, 2).reshape(layer.num_groups, -1, n, times)
        shape = (layer.num_groups, -1, 1, 1)
        y, back = self.centre_and_scale(grouped, layer, (1, 2, 3), shape)

        def ungroup(value):
            return value.reshape(channels, n, times).permute(1, 0, 2)

        def regroup(value):
            return value.permute(1, 0, 2).reshape(grouped.shape)

        return ungroup(y), lambda received: ungroup(back(regroup(received)))

    def layer_norm(self, x, layer):
        """Over the last axis."""
        return self.centre_and_scale(x, layer, (-1,), (-1,))

    def patches(self, signal):
        """Patches of one window to tokens."""
        stem = self.model.patch_embed.temporal_conv
        x = signal.reshape(-1, 1, 200)
        steps = []
        for number in (1, 2, 3):
            x, back_conv = self.convolve(x, getattr(stem, f"conv{number}"))
            x, back_norm = self.group_norm(x, getattr(stem, f"norm{number}"))
            # GELU passes relevance on as it is.
            x = torch.nn.functional.gelu(x)
            steps += [back_conv, back_norm]

        def back(received):
            received = received.view(-1, 25, 8).transpose(1, 2)
            for step in reversed(steps):
                received = step(received)
            return received.reshape(signal.shape)

        return x.transpose(1, 2).reshape(len(x), 200), back

    def embed(self, tokens):
        """Class token in front, spatial and temporal embeddings added."""
        model, n_patches = self.model, len(tokens) // (len(self.rows) - 1)
        spatial = model.position_embedding[0, self.rows]
        spatial = torch.cat([spatial[:1], spatial[1:].repeat_interleave(n_patches, 0)])
        temporal = model.temporal_embedding[0, :n_patches].repeat(len(self.rows) - 1, 1)
        temporal = torch.cat([torch.zeros_like(temporal[:1]), temporal])
        joined = torch.cat([model.cls_token[0], tokens])
        total = joined + spatial + temporal

        def back(received):
            per_unit = share(received, total)
            self.book["spatial_embedding"] += (per_unit * spatial).sum()
            self.book["temporal_embedding"] += (per_unit * temporal).sum()
            self.book["class_token"] += (per_unit[0] * model.cls_token[0, 0]).sum()
            return per_unit[1:] * tokens

        return total, back

    def attend(self, x, attention):
        """Self-attention of one window, head by head."""
        qkv, back_qkv = self.linear(x, attention.qkv)
        q, k, v = qkv.view(-1, 3, HEADS, WIDTH).permute(1, 2, 0, 3)
        q, back_q = self.layer_norm(q, attention.q_norm)
        k, back_k = self.layer_norm(k, attention.k_norm)
        q = q * attention.scale
        pairs = torch.einsum("hid,hjd->hijd", q, k)
        scores = pairs.sum(-1)
        weights = scores.softmax(-1)
        products = torch.einsum("hij,hjd->hijd", weights, v)
        mixed = products.sum(2)
        out, back_out = self.linear(mixed.transpose(0, 1).reshape(len(x), -1), attention.proj)

        def back(received):
            received = back_out(received).view(-1, HEADS, WIDTH).transpose(0, 1)
            each = products * share(received, mixed)[:, :, None]
            if self.rules == "cp_lrp":
                to_q, to_k, to_v = torch.zeros_like(q), torch.zeros_like(k), each.sum(1)
            else:
                to_weights, to_v = each.sum(3) / 2, each.sum(1) / 2
                to_scores = scores * (to_weights - weights * to_weights.sum(-1, keepdim=True))
                self.book["softmax"] += (to_weights - to_scores).sum()
                halves = pairs * share(to_scores, scores)[..., None] / 2
                to_q, to_k = halves.sum(2), halves.sum(1)
            parts = torch.stack([back_q(to_q), back_k(to_k), to_v])
            return back_qkv(parts.permute(2, 0, 1, 3).reshape(len(x), -1))

        return out, back

    def feed_forward(self, x, layers):
        """Two linear maps with GELU between."""
        hidden, back_first = self.linear(x, layers[0])
        out, back_second = self.linear(torch.nn.functional.gelu(hidden), layers[2])
        return out, lambda received: back_first(back_second(received))

    def residual(self, x, norm, branch, scale):
        """x + scale * branch(norm(x))."""
        normed, back_norm = self.layer_norm(x, norm)
        inner, back_branch = branch(normed)
        total = x + scale * inner

        def back(received):
            per_unit = share(received, total)
            return per_unit * x + back_norm(back_branch(per_unit * scale * inner))

        return total, back

    def read_out(self, x):
        """Logits from tokens."""
        model = self.model
        if model.fc_norm is None:
            normed, back_norm = self.layer_norm(x, model.norm)
            logits, back = self.linear(normed[:1], model.final_layer)

            def to_tokens(received):
                rest = torch.zeros_like(x[1:])
                return back_norm(torch.cat([back(received), rest]))

            return logits, to_tokens
        mean = x[1:].mean(0, keepdim=True)
        normed, back_norm = self.layer_norm(mean, model.fc_norm)
        logits, back = self.linear(normed, model.final_layer)

        def to_tokens(received):
            per_unit = share(back_norm(back(received)), mean)
            return torch.cat([torch.zeros_like(x[:1]), x[1:] / len(x[1:]) * per_unit])

        return logits, to_tokens

    def __call__(self, signal, target):
        """Relevance of one window (n_channels, n_times), and of each layer's tokens."""
        x, back = self.patches(signal)
        steps = [back]
        x, back = self.embed(x)
        steps.append(back)
        for block in self.model.blocks:
            for norm, part, scale in (("norm1", "attn", "gamma_1"), ("norm2", "mlp", "gamma_2")):
                branch = self.attend if part == "attn" else self.feed_forward
                module = getattr(block, part)
                call = lambda v, branch=branch, module=module: branch(v, module)  # noqa: E731
                x, back = self.residual(x, getattr(block, norm), call, getattr(block, scale))
                steps.append(back)
        logits, back = self.read_out(x)
        received = back(torch.nn.functional.one_hot(torch.tensor([target]), 4) * logits)
        layers = [received]
        for number, step in enumerate(reversed(steps), start=1):
            received = step(received)
            if number % 2 == 0 and number < len(steps) - 1:
                layers.append(received)
        return logits[0, target], received, layers[::-1]


@torch.no_grad()
@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp"])
@pytest.mark.parametrize("mean_pooling", [True, False])
@pytest.mark.parametrize("trained", [True, False])
def test_relevance_is_that_of_the_slow_reference(
    labram, named, signal, rules, mean_pooling, trained
):
    model = labram(mean_pooling=mean_pooling, trained=trained)
    kwargs, targets = named(3), [1, 3]
    found = explain(model, signal, targets, rules, forward_kwargs=kwargs, layers=True)
    for i, target in enumerate(targets):
        reference = Reference(model, kwargs["ch_names"], rules)
        output, relevance, layers = reference(signal[i], target)
        scale = sum(abs(value) for value in reference.book.values()) + relevance.abs().sum()
        close = dict(rtol=1e-6, atol=1e-9 * scale.item())
        torch.testing.assert_close(found.output[i], output, **close)
        torch.testing.assert_close(found.relevance[i], relevance, **close)
        reference.book["input"] = relevance.sum()
        for source in SOURCES:
            expected = torch.as_tensor(reference.book[source], dtype=torch.float64)
            torch.testing.assert_close(found.ledger[source][i], expected, **close)
        for layer, expected in zip(found.layer_relevance.values(), layers, strict=True):
            torch.testing.assert_close(layer[i], expected, **close)


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp"])
@pytest.mark.parametrize("mean_pooling", [True, False])
@pytest.mark.parametrize("trained", [True, False])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float64, 1e-10), (torch.float32, 1e-4)])
def test_the_ledger_closes(
    labram, named, signal, ledger_total, rules, mean_pooling, trained, dtype, bound
):
    model = labram(mean_pooling=mean_pooling, trained=trained, dtype=dtype)
    found = explain(model, signal, [0, 2], rules, "contrast", named(3))
    assert closure_error(found) <= bound
    assert ((ledger_total(found) - found.output).abs() <= bound * found.output.abs()).all()


@pytest.mark.parametrize("mean_pooling", [True, False])
def test_the_ledger_of_the_base_model_closes_on_64_electrodes(labram, named, mean_pooling):
    torch.manual_seed(2)
    signal = torch.randn(1, 64, 800) * 0.3
    model = labram(64, 800, 12, mean_pooling, trained=True, dtype=torch.float32)
    for dtype, bound in ((torch.float32, 1e-4), (torch.float64, 1e-10)):
        found = explain(model.to(dtype), signal, 1, forward_kwargs=named(64))
        assert closure_error(found) <= bound


def test_embeddings_are_sources_of_their_own(labram, named, signal):
    model = labram(trained=True)
    with torch.no_grad():
        model.temporal_embedding.zero_()
        model.cls_token.zero_()
    found = explain(model, signal, 0, forward_kwargs=named(3))
    assert found.ledger["temporal_embedding"].abs().max() == 0
    assert found.ledger["class_token"].abs().max() == 0
    assert found.ledger["spatial_embedding"].abs().min() > 0
    assert list(found.ledger) == list(SOURCES)


def test_without_biases_and_embeddings_cp_lrp_conserves(labram, named, signal):
    model = labram(trained=True)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("bias", "_token", "_embedding")):
                parameter.zero_()
    found = explain(model, signal, 0, "cp_lrp", forward_kwargs=named(3))
    total = found.relevance.sum((1, 2))
    assert ((total - found.output).abs() <= 1e-8 * found.output.abs()).all()


def test_biases_of_queries_and_values_are_sources(named, signal, ledger_total):
    from braindecode.models import Labram

    torch.manual_seed(0)
    model = Labram(n_chans=3, n_times=400, n_outputs=2, num_layers=1, qkv_bias=True).double()
    with torch.no_grad():
        model.blocks[0].attn.v_bias.normal_()
    found = explain(model.eval(), signal, 0, forward_kwargs=named(3))
    assert found.ledger["bias_linear"].abs().min() > 0
    torch.testing.assert_close(ledger_total(found), found.output, rtol=1e-10, atol=1e-12)
