"""Recurrent layers against a slow reference that goes from cell to cell."""

import itertools

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

N, TIMES, WIDTH, STATES = 2, 4, 3, 5
KINDS = {
    "lstm": nn.LSTM,
    "gru": nn.GRU,
    "tanh": nn.RNN,
    "relu": lambda *sizes, **options: nn.RNN(
        *sizes, nonlinearity="relu", **options
    ),
}


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def score(y):
    return (y * rand(*y.shape[1:], seed=9)).flatten(1).sum(1)


@pytest.fixture
def x():
    return rand(N, TIMES, WIDTH, seed=3)


class Around(nn.Module):
    """A recurrent layer and how it is called."""

    def __init__(self, layer, call=None):
        super().__init__()
        self.layer = layer
        self.call = call or (lambda layer, v: layer(v)[0])
        self.double().eval()
        torch.manual_seed(1)
        for parameter in self.parameters():
            nn.init.normal_(parameter, 0, 0.5)

    def forward(self, v):
        return self.call(self.layer, v)


def check(model, x, rules="attn_lrp"):
    found = explain(model, x, score, rules)
    expected = score(model(x)).detach()
    torch.testing.assert_close(found.output, expected, rtol=1e-12, atol=1e-12)
    assert closure_error(found) < 1e-10
    return found


def close(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


def tokens_first(layer, v):
    return layer(v.transpose(0, 1))[0].transpose(0, 1)


SHAPES = [
    dict(zip(("num_layers", "bidirectional", "bias"), case, strict=True))
    for case in itertools.product((1, 2), (False, True), (False, True))
]


@pytest.mark.slow
@pytest.mark.parametrize("rules", ["attn_lrp", "epsilon"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", KINDS)
def test_every_shape_of_layer(x, kind, shape, rules):
    model = Around(KINDS[kind](WIDTH, STATES, batch_first=True, **shape))
    found = check(model, x, rules)
    assert (found.ledger["bias_linear"].abs().min() > 0) == shape["bias"]
    later = Around(KINDS[kind](WIDTH, STATES, **shape), tokens_first)
    close(check(later, x, rules).relevance, found.relevance)


@pytest.mark.parametrize("kind", KINDS)
def test_one_sequence_without_samples(x, kind):
    layer = KINDS[kind](WIDTH, STATES, batch_first=True)
    alone = Around(
        layer, lambda layer, v: torch.stack([layer(each)[0] for each in v])
    )
    found = check(alone, x)
    close(found.relevance, check(Around(layer), x).relevance)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("num_layers", [1, 2])
def test_projected_states(x, num_layers, bidirectional):
    options = {
        "proj_size": 2,
        "num_layers": num_layers,
        "bidirectional": bidirectional,
    }
    found = check(
        Around(nn.LSTM(WIDTH, STATES, batch_first=True, **options)), x
    )
    assert found.relevance.abs().min() > 0


def starting(kind, layers=1, width=STATES):
    state = rand(layers, 1, width, seed=4).expand(-1, N, -1).contiguous()
    return (state, state.flip(-1)) if kind == "lstm" else state


@pytest.mark.parametrize("kind", KINDS)
def test_a_given_initial_state_is_a_constant(x, kind):
    def call(layer, v):
        state = starting(kind)
        rows = len(v)
        first = (
            tuple(s[:, :rows] for s in state)
            if kind == "lstm"
            else state[:, :rows]
        )
        return layer(v, first)[0]

    layer = KINDS[kind](WIDTH, STATES, batch_first=True, bias=False)
    found = check(Around(layer, call), x)
    # Without biases, what the state adds is all that does not come from the signal or the gates.
    known = (
        ("input", "activation", "constant")
        if kind in ("lstm", "gru")
        else ("input",)
    )
    added = found.output - sum(found.ledger.get(name, 0) for name in known)
    assert added.abs().min() > 1e-6
    close(added, found.ledger["layer.weight_hh_l0"])


@pytest.mark.parametrize("kind", KINDS)
def test_an_initial_state_from_the_signal(x, kind):
    def call(layer, v):
        state = torch.cat([v[:, 0], v[:, 1, :2]], -1)[None]
        return layer(v, (state, state) if kind == "lstm" else state)[0]

    def joined(layer, v):
        return call(layer, v)[:, :1]

    layer = KINDS[kind](WIDTH, STATES, batch_first=True)
    found = check(Around(layer, joined), x)
    # After one step, the second sample in time can only have acted through the initial state.
    assert found.relevance[:, 1, :2].abs().min() > 0
    assert found.relevance[:, 2:].abs().max() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_last_states_are_the_last_outputs(x, kind):
    layer = KINDS[kind](WIDTH, STATES, batch_first=True)

    def last(layer, v):
        state = layer(v)[1]
        return (state[0] if kind == "lstm" else state)[-1]

    found = check(Around(layer, last), x)
    close(
        found.relevance,
        check(Around(layer, lambda layer, v: layer(v)[0][:, -1]), x).relevance,
    )


# --- by hand -------------------------------------------------------------------------------------


def of_sigmoid(received, z):
    """Coefficient of z, given the relevance of sigmoid(z) as coefficient times value."""
    rise = torch.where(z == 0, 0.25, (z.sigmoid() - 0.5) / z)
    return received / z.sigmoid() * rise


def test_one_step_of_an_lstm_by_hand(x):
    """The gates' shares: half of each product, of a sigmoid what exceeds 1/2, of a tanh all."""
    model = Around(nn.LSTM(WIDTH, STATES, batch_first=True))
    x, layer = x[:, :1], model.layer
    found = check(model, x)
    v = x[:, 0]
    z = v @ layer.weight_ih_l0.T + layer.bias_ih_l0 + layer.bias_hh_l0
    i, _, g, o = z.chunk(4, -1)
    cell = i.sigmoid() * g.tanh()
    relevance = rand(1, STATES, seed=9)[0] * o.sigmoid() * cell.tanh()
    # Relevance over value is the coefficient of each tensor.
    to_o = of_sigmoid(relevance / 2, o)
    to_i = of_sigmoid(relevance / 4, i)
    to_g = relevance / 4 / g
    to_z = torch.cat([to_i, torch.zeros_like(i), to_g, to_o], -1)
    close(found.relevance[:, 0], (v * (to_z @ layer.weight_ih_l0)).detach())
    biases = (to_z * (layer.bias_ih_l0 + layer.bias_hh_l0)).sum(-1)
    # At the start, the second bias is part of a constant that it makes with the state.
    booked = (
        found.ledger["bias_linear"]
        + found.ledger["layer.bias_hh_l0+layer.weight_hh_l0"]
    )
    close(booked, biases.detach())


def cell(kind, layer, v, state):
    """One step of torch's own formulas."""
    from_input = nn.functional.linear(v, layer.weight_ih_l0, layer.bias_ih_l0)
    from_state = nn.functional.linear(
        state[0], layer.weight_hh_l0, layer.bias_hh_l0
    )
    if kind == "lstm":
        i, f, g, o = (from_input + from_state).chunk(4, -1)
        inner = torch.sigmoid(f) * state[1] + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(inner), inner
    if kind == "gru":
        (r, z, n), (r_, z_, n_) = (
            from_input.chunk(3, -1),
            from_state.chunk(3, -1),
        )
        update = torch.sigmoid(z + z_)
        new = torch.tanh(n + torch.sigmoid(r + r_) * n_)
        return ((1 - update) * new + update * state[0],)
    return (getattr(torch, kind)(from_input + from_state),)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_is_its_cells_one_after_the_other(x, kind):
    layer = KINDS[kind](WIDTH, STATES, batch_first=True)

    def cells(layer, v):
        state = tuple(
            torch.zeros(len(v), STATES, dtype=v.dtype) for _ in range(2)
        )
        outputs = []
        for t in range(v.shape[1]):
            state = cell(kind, layer, v[:, t], state)
            outputs.append(state[0])
        return torch.stack(outputs, 1)

    found, expected = check(Around(layer), x), check(Around(layer, cells), x)
    close(found.output, expected.output)
    close(found.relevance, expected.relevance)
    for source, value in expected.ledger.items():
        close(found.ledger[source], value)


@pytest.mark.parametrize("kind", KINDS)
def test_what_comes_later_is_not_seen_and_what_comes_before_is(x, kind):
    model = Around(
        KINDS[kind](WIDTH, STATES, batch_first=True),
        lambda layer, v: layer(v)[0][:, 2],
    )
    found = check(model, x)
    assert found.relevance[:, 3].abs().max() == 0
    assert found.relevance[:, :3].abs().sum(-1).min() > 0


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "name"), [("lstm", "lstm"), ("gru", "gru"), ("tanh", "rnn_tanh")]
)
def test_packed_sequences_are_refused_by_name(x, kind, name):
    def call(layer, v):
        packed = pack_padded_sequence(v, [4, 3], batch_first=True)
        return layer(packed)[0].data[:2]

    with pytest.raises(InputError, match=f"{name}|pack"):
        explain(
            Around(KINDS[kind](WIDTH, STATES, batch_first=True), call),
            x,
            score,
        )


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_between_layers(x, kind):
    layer = KINDS[kind](
        WIDTH, STATES, num_layers=2, dropout=0.5, batch_first=True
    )
    model = Around(layer)
    check(model, x)
    layer.train()
    with pytest.raises(InputError, match="dropout"):
        explain(model, x, score)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("make", [nn.LSTMCell, nn.GRUCell, nn.RNNCell])
def test_a_cell_is_one_step_of_its_layer(x, make, bias):
    layers = {nn.LSTMCell: nn.LSTM, nn.GRUCell: nn.GRU, nn.RNNCell: nn.RNN}
    torch.manual_seed(0)
    cell = make(WIDTH, STATES, bias=bias)
    layer = layers[make](WIDTH, STATES, bias=bias, batch_first=True)
    for name, value in cell.named_parameters():
        getattr(layer, f"{name}_l0").data = value.data

    def step(cell, v):
        state = cell(v[:, 0])
        return state[0] if isinstance(state, tuple) else state

    found = explain(Around(cell, step), x, score)
    expected = explain(
        Around(layer, lambda layer, v: layer(v[:, :1])[0][:, 0]), x, score
    )
    torch.testing.assert_close(found.output, expected.output)
    torch.testing.assert_close(found.relevance, expected.relevance)
    assert closure_error(found) < 1e-10


class Cells(nn.Module):
    """An LSTM or GRU, cell by cell, whose gates are constants."""

    def __init__(self, layer):
        super().__init__()
        self.kind, self.w = (
            type(layer).__name__,
            dict(layer.named_parameters()),
        )

    def forward(self, v):
        w = self.w
        hidden = memory = v.new_zeros(len(v), STATES)
        outputs = []
        for x in v.unbind(1):
            a = x @ w["weight_ih_l0"].T + w["bias_ih_l0"]
            b = hidden @ w["weight_hh_l0"].T + w["bias_hh_l0"]
            if self.kind == "LSTM":
                i, f, g, o = (a + b).chunk(4, 1)
                i, f, o = (gate.detach().sigmoid() for gate in (i, f, o))
                memory = f * memory + i * linear(g.tanh(), g)
                hidden = o * linear(memory.tanh(), memory)
            else:
                (r, z, n), (hr, hz, hn) = a.chunk(3, 1), b.chunk(3, 1)
                r = (r + hr).detach().sigmoid()
                z = (z + hz).detach().sigmoid()
                n = n + r * hn
                hidden = (1 - z) * linear(n.tanh(), n) + z * hidden
            outputs.append(hidden)
        return torch.stack(outputs, 1)


def linear(y, x):
    """y as a constant times x."""
    return (y / x).detach() * x


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_signal_takes_all_where_gates_are_constants(x, kind):
    model = Around(KINDS[kind](WIDTH, STATES, batch_first=True))
    found = check(model, x, "signal_take_all")
    leaf = x.clone().requires_grad_()
    output = score(Cells(model.layer)(leaf)).sum()
    (gradient,) = torch.autograd.grad(output, leaf)
    close(found.relevance, x * gradient)
    assert not torch.allclose(found.relevance, check(model, x).relevance)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_cells_take_all_as_layers_do(x, kind):
    layer = Around(KINDS[kind](WIDTH, STATES, batch_first=True)).layer
    cell = {"lstm": nn.LSTMCell, "gru": nn.GRUCell}[kind](WIDTH, STATES)
    cell = cell.double()
    with torch.no_grad():
        for name, parameter in cell.named_parameters():
            parameter.copy_(getattr(layer, f"{name}_l0"))

    def steps(v):
        state, outputs = None, []
        for step in v.unbind(1):
            state = cell(step, state)
            outputs.append(state[0] if kind == "lstm" else state)
        return torch.stack(outputs, 1)

    found = explain(steps, x, score, "signal_take_all")
    whole = explain(lambda v: layer(v)[0], x, score, "signal_take_all")
    close(found.relevance, whole.relevance)
