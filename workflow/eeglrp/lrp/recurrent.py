"""Recurrent layers, written out step by step in operations that have rules.

Gates are products and share relevance as such; Arras et al. 2017 (arXiv:1706.07206) give a gate
none of it.
"""

import torch
import torch.nn.functional as F

from eeglrp.lrp.operations import operation_name


def unrolled(
    run,
    function,
    input,
    states,
    weights,
    has_biases,
    num_layers,
    dropout,
    training,
    bidirectional,
    batch_first=None,
):
    """LSTM, GRU or plain recurrent layers over whole sequences (not packed ones)."""
    name = operation_name(function)
    if batch_first is None or (training and dropout):
        run.refuse(f"{name} of packed sequences, or with dropout,")
    step, gates = _STEPS[name]
    directions = 2 if bidirectional else 1
    weights = _by_direction(weights, num_layers * directions)
    ends = []
    with run:
        starts = [
            state.unbind()
            for state in (states if name == "lstm" else (states,))
        ]
        steps = list(input.unbind(1 if batch_first else 0))
        for layer in range(num_layers):
            found = []
            for backward in range(directions):
                number = layer * directions + backward
                start = tuple(state[number] for state in starts)
                ordered = steps[::-1] if backward else steps
                outputs, end = _run(
                    step, gates, ordered, start, weights[number], has_biases
                )
                found.append(outputs[::-1] if backward else outputs)
                ends.append(end)
            steps = [
                torch.cat(both, -1) if bidirectional else both[0]
                for both in zip(*found)  # noqa: B905
            ]
        output = torch.stack(steps, 1 if batch_first else 0)
        return output, *(
            torch.stack(state) for state in zip(*ends, strict=True)
        )


def cell(
    run, function, input, state, w_input, w_state, b_input=None, b_state=None
):
    """One step of an LSTM, GRU or plain recurrent layer."""
    name = operation_name(function).removesuffix("_cell")
    step, gates = _STEPS[name]
    state = state if name == "lstm" else (state,)
    with run:
        parts = (
            F.linear(input, w_input, b_input),
            F.linear(state[0], w_state, b_state),
        )
        end = step(*(part.chunk(gates, -1) for part in parts), *state)
    return end if name == "lstm" else end[0]


def _by_direction(weights, n):
    size = len(weights) // n
    return [weights[i * size : (i + 1) * size] for i in range(n)]


def _run(step, gates, inputs, state, weights, has_biases):
    """Outputs of all steps and the last state."""
    n = 4 if has_biases else 2
    (w_input, w_state), biases = (
        weights[:2],
        (weights[2:4] if has_biases else (None, None)),
    )
    outputs = []
    for x in inputs:
        parts = (
            F.linear(x, w_input, biases[0]),
            F.linear(state[0], w_state, biases[1]),
        )
        state = step(*(part.chunk(gates, -1) for part in parts), *state)
        if len(weights) > n:
            # Projected LSTM (arXiv:1402.1128).
            state = (F.linear(state[0], weights[n]), *state[1:])
        outputs.append(state[0])
    return outputs, state


def _lstm(from_input, from_state, hidden, cell):
    i, f, g, o = (a + b for a, b in zip(from_input, from_state, strict=True))
    cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
    return o.sigmoid() * cell.tanh(), cell


def _gru(from_input, from_state, hidden):
    reset = (from_input[0] + from_state[0]).sigmoid()
    update = (from_input[1] + from_state[1]).sigmoid()
    new = (from_input[2] + reset * from_state[2]).tanh()
    return ((1 - update) * new + update * hidden,)


def _tanh(from_input, from_state, hidden):
    return ((from_input[0] + from_state[0]).tanh(),)


def _relu(from_input, from_state, hidden):
    return ((from_input[0] + from_state[0]).relu(),)


#: Operation -> (step, number of gates).
_STEPS = {
    "lstm": (_lstm, 4),
    "gru": (_gru, 3),
    "rnn_tanh": (_tanh, 1),
    "rnn_relu": (_relu, 1),
}
