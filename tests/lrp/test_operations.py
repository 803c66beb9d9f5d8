import pytest
import torch
import torch.nn.functional as F

from eeglrp.lrp.operations import OPERATIONS, in_place, operation_name


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (torch.softmax, "softmax"),
        (torch.Tensor.softmax, "softmax"),
        (F.softmax, "softmax"),
        (torch.Tensor.__matmul__, "__matmul__"),
        (torch.Tensor.mT.__get__, "mT"),
        (torch.nn.functional.conv2d, "conv2d"),
        (torch.Tensor.__rsub__, "__rsub__"),
    ],
)
def test_names_do_not_depend_on_where_a_function_lives(function, name):
    assert operation_name(function) == name
    assert name in OPERATIONS


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("add_", "add"),
        ("masked_fill_", "masked_fill"),
        ("__iadd__", "add"),
        ("__itruediv__", "div"),
        ("__add__", None),
        ("add", None),
        ("copy_", None),
        ("__setitem__", None),
    ],
)
def test_operations_in_place_are_recognised(name, base):
    assert in_place(name) == base


def test_every_listed_name_exists_in_torch():
    rooms = (
        torch,
        torch.Tensor,
        F,
        torch._C._nn,
        torch._C._fft,
        torch._C._linalg,
    )
    rooms += (torch._C._special,)
    own = {"with_items", "with_values"}
    # Division in Python 2, which torch still names so when a number is divided by a tensor.
    own |= {"__div__"}
    unknown = [
        n
        for n in OPERATIONS
        if n not in own and not any(hasattr(r, n) for r in rooms)
    ]
    assert unknown == []
