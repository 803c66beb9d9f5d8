"""LaBraM as a whole: against a slow reference written from the rules, and its ledger."""

import pytest
import torch

from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error
from eeglrp.lrp.sources import SOURCES

from .reference import (
    SETS,
    Layers,
    assert_agrees,
    chain,
    elementwise,
    first,
    linear_map,
    moved,
    residual,
    share,
)

N_HEADS = 10


class Reference(Layers):
    """Relevance R itself (not a gradient) through LaBraM, layer by layer, for one window.

    Forward passes keep what each layer saw; backward passes apply the formulas of
    arXiv:2402.05602 with explicit sums. Sources are booked as they are met.
    """

    def __init__(self, model, names, rules):
        super().__init__(rules)
        self.model, self.positions = model, {}
        from braindecode.models.labram import LABRAM_CHANNEL_ORDER as order

        self.rows = [0] + [order.index(name) + 1 for name in names]

    def patches(self, signal):
        """Patches of one window to tokens."""
        stem = self.model.patch_embed.temporal_conv
        steps = [
            moved(
                lambda v: v.reshape(-1, 1, 1, 200),
                lambda r: r.reshape(signal.shape),
            )
        ]
        for number in (1, 2, 3):
            steps += [
                self.convolution(getattr(stem, f"conv{number}")),
                moved(lambda v: v[:, :, 0], lambda r: r[:, :, None]),
                self.group_norm(getattr(stem, f"norm{number}")),
                elementwise(torch.nn.functional.gelu),
                moved(lambda v: v[:, :, None], lambda r: r[:, :, 0]),
            ]
        to_tokens = moved(
            lambda v: v[:, :, 0].transpose(1, 2).reshape(len(v), 200),
            lambda r: r.view(-1, 25, 8).transpose(1, 2)[:, :, None],
        )
        return chain(*steps, to_tokens)(signal)

    def embed(self, tokens):
        """Class token in front, spatial and temporal embeddings added."""
        model, n_patches = self.model, len(tokens) // (len(self.rows) - 1)
        spatial = model.position_embedding[0, self.rows]
        spatial = torch.cat(
            [spatial[:1], spatial[1:].repeat_interleave(n_patches, 0)]
        )
        temporal = model.temporal_embedding[0, :n_patches].repeat(
            len(self.rows) - 1, 1
        )
        temporal = torch.cat([torch.zeros_like(temporal[:1]), temporal])
        joined = torch.cat([model.cls_token[0], tokens])
        total = joined + spatial + temporal

        def back(received):
            per_unit = share(received, total)
            self.positions["spatial_embedding"] = per_unit * spatial
            self.positions["temporal_embedding"] = (per_unit * temporal)[1:]
            for source, value in self.positions.items():
                self.book[source] += value.sum()
            self.book["class_token"] += (
                per_unit[0] * model.cls_token[0, 0]
            ).sum()
            return per_unit[1:] * tokens

        return total, back

    def blocks(self):
        """Two layers a block, x + scale * branch(norm(x))."""
        for block in self.model.blocks:
            attend = self.attention(
                N_HEADS,
                self.layer_norm(block.attn.q_norm),
                self.layer_norm(block.attn.k_norm),
            )
            yield residual(
                chain(
                    self.layer_norm(block.norm1),
                    self.linear_module(block.attn.qkv),
                    attend,
                    self.linear_module(block.attn.proj),
                    elementwise(lambda v, block=block: v * block.gamma_1),
                )
            )
            yield residual(
                chain(
                    self.layer_norm(block.norm2),
                    self.linear_module(block.mlp[0]),
                    elementwise(torch.nn.functional.gelu),
                    self.linear_module(block.mlp[2]),
                    elementwise(lambda v, block=block: v * block.gamma_2),
                )
            )

    def read_out(self):
        """Logits from tokens."""
        model = self.model
        head = self.linear_module(model.final_layer)
        if model.fc_norm is None:
            return chain(self.layer_norm(model.norm), first, head)
        without_class_token = moved(
            lambda v: v[1:], lambda r: torch.cat([torch.zeros_like(r[:1]), r])
        )
        mean = linear_map(lambda v: v.mean(1, keepdim=True))
        return chain(
            without_class_token, mean, self.layer_norm(model.fc_norm), head
        )

    def __call__(self, signal, target):
        """Relevance of one window (n_channels, n_times), and of each layer's tokens."""
        x, steps = signal, []
        for layer in (
            self.patches,
            self.embed,
            *self.blocks(),
            self.read_out(),
        ):
            x, back = layer(x)
            steps.append(back)
        received = torch.nn.functional.one_hot(torch.tensor([target]), 4) * x
        layers = []
        for number, step in enumerate(reversed(steps)):
            received = step(received)
            if number % 2 == 0 and number < len(steps) - 2:
                layers.append(received)
        return x[0, target], received, layers[::-1]


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize("rules", SETS)
@pytest.mark.parametrize("mean_pooling", [True, False])
@pytest.mark.parametrize("trained", [True, False])
def test_relevance_is_that_of_the_slow_reference(
    labram, named, signal, rules, mean_pooling, trained
):
    model = labram(mean_pooling=mean_pooling, trained=trained)
    kwargs, targets = named(3), [1, 3]
    found = explain(
        model, signal, targets, rules, forward_kwargs=kwargs, layers=True
    )
    for i, target in enumerate(targets):
        reference = Reference(model, kwargs["ch_names"], rules)
        output, relevance, layers = reference(signal[i], target)
        assert_agrees(found, i, output, relevance, reference.book)
        for layer, expected in zip(
            found.layer_relevance.values(), layers, strict=True
        ):
            close = dict(rtol=1e-6, atol=1e-9 * expected.abs().sum().item())
            torch.testing.assert_close(layer[i], expected, **close)


@pytest.mark.slow
@torch.no_grad()
@pytest.mark.parametrize("mean_pooling", [True, False])
def test_positions_keep_their_relevance_place_by_place(
    labram, named, signal, mean_pooling
):
    model = labram(mean_pooling=mean_pooling, trained=True)
    kwargs = named(3)
    found = explain(model, signal, 2, "pa_lrp", forward_kwargs=kwargs)
    for i, window in enumerate(signal):
        reference = Reference(model, kwargs["ch_names"], "pa_lrp")
        reference(window, 2)
        assert set(found.position_relevance) == set(reference.positions)
        for source, expected in reference.positions.items():
            place = found.position_relevance[source][i]
            torch.testing.assert_close(place, expected, rtol=1e-6, atol=1e-9)
            torch.testing.assert_close(place.sum(), found.ledger[source][i])


@pytest.mark.parametrize("rules", ["attn_lrp", "cp_lrp"])
@pytest.mark.parametrize("mean_pooling", [True, False])
@pytest.mark.parametrize("trained", [True, False])
@pytest.mark.parametrize(
    ("dtype", "bound"), [(torch.float64, 1e-10), (torch.float32, 1e-4)]
)
def test_the_ledger_closes(
    labram,
    named,
    signal,
    ledger_total,
    rules,
    mean_pooling,
    trained,
    dtype,
    bound,
):
    model = labram(mean_pooling=mean_pooling, trained=trained, dtype=dtype)
    found = explain(model, signal, [0, 2], rules, "contrast", named(3))
    assert closure_error(found) <= bound
    assert (
        (ledger_total(found) - found.output).abs()
        <= bound * found.output.abs()
    ).all()


@pytest.mark.slow
@pytest.mark.parametrize("mean_pooling", [True, False])
def test_the_ledger_of_the_base_model_closes_on_64_electrodes(
    labram, named, mean_pooling
):
    torch.manual_seed(2)
    signal = torch.randn(1, 64, 800) * 0.3
    model = labram(
        64, 800, 12, mean_pooling, trained=True, dtype=torch.float32
    )
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


@pytest.mark.parametrize("rules", ["cp_lrp", "gamma", "z_plus"])
@pytest.mark.parametrize("mean_pooling", [True, False])
def test_without_biases_and_embeddings_nothing_is_lost(
    labram, named, signal, rules, mean_pooling
):
    model = labram(mean_pooling=mean_pooling, trained=True)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith(("bias", "_token", "_embedding")):
                parameter.zero_()
    found = explain(model, signal, 0, rules, forward_kwargs=named(3))
    total = found.relevance.sum((1, 2)) + found.ledger.get("epsilon", 0)
    assert ((total - found.output).abs() <= 1e-8 * found.output.abs()).all()


def test_biases_of_queries_and_values_are_sources(named, signal, ledger_total):
    from braindecode.models import Labram

    torch.manual_seed(0)
    model = Labram(
        n_chans=3, n_times=400, n_outputs=2, num_layers=1, qkv_bias=True
    ).double()
    with torch.no_grad():
        model.blocks[0].attn.v_bias.normal_()
    found = explain(model.eval(), signal, 0, forward_kwargs=named(3))
    assert found.ledger["bias_linear"].abs().min() > 0
    torch.testing.assert_close(
        ledger_total(found), found.output, rtol=1e-10, atol=1e-12
    )
