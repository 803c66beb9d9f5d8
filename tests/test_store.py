import json
import zipfile

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st

from eeglrp.errors import InputError
from eeglrp.store import (
    CHUNK_SAMPLES,
    LEDGER_SOURCES,
    MANTISSA_BITS,
    attribution_writer,
    check_relevance,
    open_attribution,
    open_dataset,
    open_windows,
    round_mantissa,
    window_array,
    write_dataset,
    write_windows,
)

CHANNELS = ["FP1", "CZ", "O2"]


def make_windows(path, n, seed=0, **extra):
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(n, 3, 20)).astype(np.float32)
    names = {"subject": ["01"] * n, "recording": ["rest"] * n}
    samples = [f"01/rest/{i:05d}" for i in range(n)]
    options = {
        "sampling_rate": 200.0,
        "onset": np.arange(n),
        "samples": samples,
    }
    write_windows(
        path,
        signal,
        np.arange(n) % 2,
        channels=CHANNELS,
        **options,
        **names,
        **extra,
    )
    return signal


def make_attribution(path, n, layers=0, gap=0.0, value=None, fold=0, **more):
    rng = np.random.default_rng(0)
    relevance = rng.normal(size=(n, 3, 20))
    if value is not None:
        relevance[-1, 0, 0] = value
    ledger = rng.normal(size=(n, len(LEDGER_SOURCES)))
    ledger[:, 0] = relevance.sum((1, 2))
    samples = [f"s{i}" for i in range(n)]
    options = {
        "attrs": {"task": "r_peak"},
        "n_layers": layers,
        "n_patches": 1 if layers else 0,
    }
    options |= more
    times = np.arange(20) / 200
    with attribution_writer(
        path, channels=CHANNELS, times=times, samples=samples, **options
    ) as writer:
        for start in range(0, n, CHUNK_SAMPLES):
            part = slice(start, start + CHUNK_SAMPLES)
            size = len(samples[part])
            block = {
                name: np.ones(size)
                for name in ("target", "label", "prediction", "onset")
            }
            if fold is not None:
                block["fold"] = np.broadcast_to(fold, n)[part]
            block |= {"subject": ["01"] * size, "recording": ["rest"] * size}
            if layers:
                block["layer_relevance"] = np.ones((size, layers, 3, 1))
            logit = ledger[part].sum(1) + gap
            writer.write(
                start,
                relevance=relevance[part],
                ledger=ledger[part],
                logit=logit,
                **block,
            )
    return relevance


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(st.sampled_from([0, 1, 31, 32, 33, 70]))
def test_windows_round_trip(tmp_path_factory, n):
    path = tmp_path_factory.mktemp("store") / "w.zarr.zip"
    event = np.full((n, 2), np.nan)
    planted = np.arange(n) % 3 - 1
    rating, rate = np.linspace(1, 9, n), np.full(n, np.nan)
    more = {"planted": planted, "rating": rating, "heart_rate": rate}
    signal = make_windows(
        path, n, event=event, truth=np.zeros((n, 3, 20)), **more
    )
    dataset = open_windows(path)
    np.testing.assert_array_equal(window_array(dataset), signal)
    assert dataset["signal"].dims == ("channel", "time", "sample")
    assert dataset["event"].shape == (n, 2)
    np.testing.assert_array_equal(dataset["planted"].values, planted)
    assert dataset["planted"].dims == dataset["rating"].dims == ("sample",)
    np.testing.assert_array_equal(dataset["rating"].values, rating)
    np.testing.assert_array_equal(dataset["heart_rate"].values, rate)
    assert list(dataset["channel"].values) == CHANNELS
    assert dataset["signal"].attrs["units"] == "0.1 mV"


def test_a_selection_of_windows(tmp_path):
    signal = make_windows(tmp_path / "w.zarr.zip", 40)
    index = np.array([39, 3])
    np.testing.assert_array_equal(
        window_array(open_windows(tmp_path / "w.zarr.zip"), index),
        signal[index],
    )


def test_same_content_gives_the_same_bytes(tmp_path):
    for name in "ab":
        make_windows(tmp_path / f"{name}.zarr.zip", 40)
    assert (tmp_path / "a.zarr.zip").read_bytes() == (
        tmp_path / "b.zarr.zip"
    ).read_bytes()


@pytest.mark.filterwarnings("error")
def test_plain_xarray_opens_a_store(tmp_path):
    relevance = make_attribution(tmp_path / "a.zarr.zip", 40)
    store = zarr.storage.ZipStore(tmp_path / "a.zarr.zip", mode="r")
    dataset = xr.open_zarr(store, consolidated=False)
    np.testing.assert_allclose(
        dataset["relevance"].transpose("sample", "channel", "time"),
        relevance,
        rtol=1e-6,
    )
    assert (
        float(abs(dataset["ledger"].sum("source") - dataset["logit"]).max())
        < 1e-9
    )


def test_layers_are_stored_on_request(tmp_path):
    make_attribution(tmp_path / "a.zarr.zip", 33, layers=2)
    assert open_attribution(tmp_path / "a.zarr.zip")[
        "layer_relevance"
    ].shape == (2, 3, 1, 33)
    check_relevance(tmp_path / "a.zarr.zip")


def test_the_fold_of_every_window_is_kept(tmp_path):
    make_attribution(tmp_path / "a.zarr.zip", 40, fold=np.arange(40) // 30)
    dataset = open_attribution(tmp_path / "a.zarr.zip")
    assert dataset["fold"].dims == ("sample",)
    assert dataset["fold"].dtype == np.int64
    assert dataset["fold"].values.tolist() == [0] * 30 + [1] * 10


def test_a_block_without_folds_is_refused(tmp_path):
    with pytest.raises(ValueError, match="a block needs.*fold"):
        make_attribution(tmp_path / "a.zarr.zip", 3, fold=None)
    assert not (tmp_path / "a.zarr.zip").exists()


def test_a_store_cut_short_is_named(tmp_path):
    path = tmp_path / "a.zarr.zip"
    make_attribution(path, 40)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(InputError, match=r"a\.zarr\.zip: store: is cut short"):
        open_attribution(path)


def test_a_missing_store_is_named(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        open_windows(tmp_path / "none.zarr.zip")


def _rewrite(path, drop=(), change=None):
    """Copy the archive without some entries, or with one changed."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in entries.items():
            if name not in drop:
                archive.writestr(
                    name,
                    change(data) if change and name in change.names else data,
                )


def test_a_missing_chunk_is_named(tmp_path):
    path = tmp_path / "a.zarr.zip"
    make_attribution(path, 70)
    _rewrite(path, drop={"relevance/c/0/0/1"})
    with pytest.raises(
        InputError, match="relevance: 1 of 9 chunks are missing"
    ):
        open_attribution(path)


def test_a_missing_variable_is_named(tmp_path):
    path = tmp_path / "a.zarr.zip"
    make_attribution(path, 3)
    with zipfile.ZipFile(path) as archive:
        names = {
            name for name in archive.namelist() if name.startswith("logit/")
        }
    _rewrite(path, drop=names)
    with pytest.raises(InputError, match="logit: variable missing"):
        open_attribution(path)


def test_a_changed_chunk_is_found_by_the_full_check(tmp_path):
    path = tmp_path / "a.zarr.zip"
    make_attribution(path, 40)

    def change(data):
        return np.full(len(data) // 4, 0.5, np.float32).tobytes()

    change.names = {"relevance/c/0/0/1"}
    _rewrite(path, change=change)
    with pytest.raises(
        InputError,
        match=r"does not sum to the ledger's input \(windows from 32",
    ):
        check_relevance(path)


def test_flipped_bits_are_found_by_the_full_check(tmp_path):
    path = tmp_path / "a.zarr.zip"
    make_attribution(path, 40)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        offset = archive.getinfo("relevance/c/0/0/0").header_offset
    data[offset + 200] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match="relevance: is damaged"):
        check_relevance(path)


def test_a_ledger_that_does_not_close_is_refused(tmp_path):
    make_attribution(tmp_path / "a.zarr.zip", 4, gap=1.0)
    with pytest.raises(InputError, match="ledger: misses the logit"):
        open_attribution(tmp_path / "a.zarr.zip")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_never_written(tmp_path, value):
    with pytest.raises(InputError, match="relevance: is not finite"):
        make_attribution(tmp_path / "a.zarr.zip", 4, value=value)
    assert list(tmp_path.iterdir()) == []


def test_an_incomplete_store_is_never_left(tmp_path):
    options = {
        "channels": CHANNELS,
        "times": [0.0],
        "samples": ["a"],
        "attrs": {},
    }
    with (
        pytest.raises(ValueError, match="0 of 1 windows"),
        attribution_writer(tmp_path / "a.zarr.zip", **options),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_blocks_come_in_order_and_complete(tmp_path):
    options = {
        "channels": CHANNELS,
        "times": [0.0],
        "samples": ["a"] * 40,
        "attrs": {},
    }

    def write(start, **block):
        with attribution_writer(tmp_path / "a.zarr.zip", **options) as writer:
            writer.write(start, **block)

    with pytest.raises(ValueError, match="in order"):
        write(32, logit=[0.0])
    with pytest.raises(ValueError, match="a block needs"):
        write(0, logit=[0.0])


def test_repeated_sample_ids_are_refused(tmp_path):
    path = tmp_path / "w.zarr.zip"
    coordinates = {"sample": np.asarray(["a", "a"], np.dtypes.StringDType())}
    variables = {
        name: ("sample", [0, 0])
        for name in ("label", "subject", "recording", "onset")
    }
    variables["signal"] = (("channel", "time", "sample"), np.zeros((1, 1, 2)))
    write_dataset(xr.Dataset(variables, coordinates), path)
    with pytest.raises(InputError, match="sample ids repeat"):
        open_windows(path)


def test_shapes_that_do_not_fit_are_refused(tmp_path):
    with pytest.raises(InputError, match="does not fit 3 channels, 1 labels"):
        write_windows(
            tmp_path / "w.zarr.zip",
            np.zeros((2, 3, 4)),
            [0],
            channels=CHANNELS,
            sampling_rate=200.0,
            samples=["a"],
            subject=["1"],
            recording=["r"],
            onset=[0.0],
        )


def test_attributes_are_kept(tmp_path):
    write_dataset(
        xr.Dataset({"a": ("x", [1.0])}), tmp_path / "d.zarr.zip", {"seed": 3}
    )
    dataset = open_dataset(tmp_path / "d.zarr.zip")
    assert json.dumps(dataset.attrs) == '{"seed": 3}'


def test_something_else_is_not_a_store(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zarr.zip", "w") as archive:
        archive.writestr("readme.txt", "no Zarr here")
    with pytest.raises(
        InputError, match="is cut short or is not a Zarr store"
    ):
        open_dataset(tmp_path / "x.zarr.zip")


#: Where the bound of the relative error holds: numbers that are not subnormal, far from infinity.
NORMAL = st.floats(-(2.0**120), 2.0**120, width=32, allow_subnormal=False)


@given(
    st.lists(NORMAL, min_size=1, max_size=20), st.integers(1, MANTISSA_BITS)
)
def test_rounding_errs_by_half_a_bit_at_most(values, bits):
    exact = np.array(values, np.float32)
    rounded = round_mantissa(exact, bits)
    gap = np.abs(rounded.astype(float) - exact)
    assert (gap <= 2.0 ** -(bits + 1) * np.abs(exact.astype(float))).all()
    assert (np.sign(rounded) == np.sign(exact)).all()
    assert not (
        rounded.view(np.uint32) & np.uint32(2 ** (MANTISSA_BITS - bits) - 1)
    ).any()
    np.testing.assert_array_equal(round_mantissa(rounded, bits), rounded)
    np.testing.assert_array_equal(exact, np.array(values, np.float32))


def test_ties_go_to_even():
    ties = np.array([[1 + 1 / 4], [1 + 3 / 4], [-1 - 1 / 4]], np.float32)
    np.testing.assert_array_equal(round_mantissa(ties, 1), [[1], [2], [-1]])


def test_all_bits_change_nothing():
    values = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    np.testing.assert_array_equal(
        round_mantissa(values, MANTISSA_BITS), values
    )


@pytest.mark.slow
@pytest.mark.parametrize("bits", [1, 7, 10, 23])
def test_a_rounded_store_is_smaller_and_still_closes(tmp_path, bits):
    exact = make_attribution(tmp_path / "exact.zarr.zip", 70).astype(
        np.float32
    )
    path = tmp_path / "rounded.zarr.zip"
    make_attribution(path, 70, mantissa_bits=bits)
    check_relevance(path)
    stored = open_attribution(path)["relevance"]
    assert stored.attrs["mantissa_bits"] == bits
    expected = np.moveaxis(round_mantissa(exact, bits), 0, -1)
    np.testing.assert_array_equal(stored.values, expected)
    if bits <= 10:
        assert (
            path.stat().st_size < (tmp_path / "exact.zarr.zip").stat().st_size
        )


def test_rounding_does_not_hide_a_changed_chunk(tmp_path):
    """The tolerance follows the bits: what 7 bits explain, 23 do not."""
    path = tmp_path / "a.zarr.zip"
    rng = np.random.default_rng(1)
    relevance = np.abs(rng.normal(size=(2, 3, 20)))
    ledger = np.zeros((2, len(LEDGER_SOURCES)))
    ledger[:, 0] = relevance.sum((1, 2)) * (1 + 2.5e-3)
    names = {
        name: np.ones(2)
        for name in ("target", "label", "prediction", "onset", "fold")
    }
    names |= {"subject": ["01"] * 2, "recording": ["rest"] * 2}
    for bits, closes in ((7, True), (None, False)):
        options = {
            "channels": CHANNELS,
            "times": np.arange(20) / 200,
            "samples": ["a", "b"],
        }
        with attribution_writer(
            path, **options, attrs={}, mantissa_bits=bits
        ) as writer:
            block = {
                "relevance": relevance,
                "ledger": ledger,
                "logit": ledger.sum(1),
            }
            writer.write(0, **block, **names)
        if closes:
            check_relevance(path)
        else:
            with pytest.raises(
                InputError, match="does not sum to the ledger's input"
            ):
                check_relevance(path)


def test_one_electrode_is_read_without_the_others(tmp_path):
    """All chunks of the other electrodes are damaged, and nobody notices."""
    path = tmp_path / "a.zarr.zip"
    relevance = make_attribution(path, 40).astype(np.float32)
    with zipfile.ZipFile(path) as archive:
        names = [
            name
            for name in archive.namelist()
            if name.startswith("relevance/c/")
        ]
    assert len(names) == len(CHANNELS) * 2

    def damage(data):
        return b"\xff" * len(data)

    damage.names = {
        name for name in names if not name.startswith("relevance/c/1/")
    }
    _rewrite(path, change=damage)
    one = open_attribution(path)["relevance"].sel(channel="CZ").values
    np.testing.assert_array_equal(one, relevance[:, 1].T)


def test_one_subject_is_read_without_the_others(tmp_path):
    path = tmp_path / "a.zarr.zip"
    relevance = make_attribution(path, 70).astype(np.float32)

    def damage(data):
        return b"\xff" * len(data)

    damage.names = {
        f"relevance/c/{channel}/0/{k}" for channel in range(3) for k in (0, 2)
    }
    _rewrite(path, change=damage)
    part = (
        open_attribution(path)["relevance"].isel(sample=slice(32, 64)).values
    )
    np.testing.assert_array_equal(part, np.moveaxis(relevance[32:64], 0, -1))
