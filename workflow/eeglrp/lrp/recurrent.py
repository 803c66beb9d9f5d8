"""Recurrent layers, written out step by step in operations that have rules.

Gates are products and share relevance as such; by the rule `signal_take_all` (Arras et al. 2017,
arXiv:1706.07206) a gate receives nothing, what it lets through everything.
"""

from functools import partial

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
    *,
    take_all=False,
):
    """LSTM, GRU or plain recurrent layers over whole sequences (not packed ones)."""
    name = operation_name(function)
    if batch_first is None or (training and dropout):
        run.refuse(f"{name} of packed sequences, or with dropout,")
    step = _step_of(name, take_all)
    directions = 2 if bidirectional else 1
    weights = _by_direction(weights, num_layers * directions)
    ends = []
    with run:
        states = states if name == "lstm" else (states,)
        starts = [state.unbind() for state in states]
        time_axis = 1 if batch_first else 0
        steps = list(input.unbind(time_axis))
        for layer in range(num_layers):
            both_ways = []
            for backward in range(directions):
                number = layer * directions + backward
                start = tuple(state[number] for state in starts)
                ordered = steps[::-1] if backward else steps
                outputs, end = _run(
                    step, ordered, start, weights[number], has_biases
                )
                both_ways.append(outputs[::-1] if backward else outputs)
                ends.append(end)
            steps = [
                torch.cat(outputs, -1) if bidirectional else outputs[0]
                for outputs in zip(*both_ways)  # noqa: B905
            ]
        output = torch.stack(steps, time_axis)
        last = zip(*ends, strict=True)
        return output, *(torch.stack(state) for state in last)


def cell(
    run,
    function,
    input,
    state,
    w_input,
    w_state,
    b_input=None,
    b_state=None,
    *,
    take_all=False,
):
    """One step of an LSTM, GRU or plain recurrent layer."""
    name = operation_name(function).removesuffix("_cell")
    step = _step_of(name, take_all)
    state = state if name == "lstm" else (state,)
    with run:
        from_input = F.linear(input, w_input, b_input)
        from_state = F.linear(state[0], w_state, b_state)
        end = step(from_input, from_state, *state)
    return end if name == "lstm" else end[0]


def _by_direction(weights, n):
    size = len(weights) // n
    groups = []
    for number in range(n):
        start = number * size
        groups.append(weights[start : start + size])
    return groups


def _run(step, inputs, state, weights, has_biases):
    """Outputs of all steps and the last state."""
    w_input, w_state, *others = weights
    b_input, b_state = None, None
    if has_biases:
        b_input, b_state, *others = others
    outputs = []
    # One product for all steps, time after samples.
    from_inputs = F.linear(torch.stack(inputs, -2), w_input, b_input)
    for from_input in from_inputs.unbind(-2):
        from_state = F.linear(state[0], w_state, b_state)
        state = step(from_input, from_state, *state)
        if others:
            # Projected LSTM (arXiv:1402.1128).
            projected = F.linear(state[0], others[0])
            state = (projected, *state[1:])
        outputs.append(state[0])
    return outputs, state


def _step_of(name, take_all):
    """Step of a kind of layer, whose gates may be held constant."""
    step = _STEPS[name]
    if step in (_lstm, _gru):
        gate = _constant_gate if take_all else torch.sigmoid
        return partial(step, gate=gate)
    return step


def _constant_gate(value):
    return value.detach().sigmoid()


def _lstm(from_input, from_state, hidden, cell, gate):
    write, keep, new, read = (from_input + from_state).chunk(4, -1)
    kept = gate(keep) * cell
    written = gate(write) * new.tanh()
    cell = kept + written
    hidden = gate(read) * cell.tanh()
    return hidden, cell


def _gru(from_input, from_state, hidden, gate):
    input_reset, input_update, input_new = from_input.chunk(3, -1)
    state_reset, state_update, state_new = from_state.chunk(3, -1)
    reset = gate(input_reset + state_reset)
    update = gate(input_update + state_update)
    new = (input_new + reset * state_new).tanh()
    written = (1 - update) * new
    kept = update * hidden
    return (written + kept,)


def _tanh(from_input, from_state, hidden):
    total = from_input + from_state
    return (total.tanh(),)


def _relu(from_input, from_state, hidden):
    total = from_input + from_state
    return (total.relu(),)


#: Operation -> step.
_STEPS = {"lstm": _lstm, "gru": _gru, "rnn_tanh": _tanh, "rnn_relu": _relu}
