"""Spectra, filters and complex numbers inside a model."""

import math

import pytest
import torch
import torch.nn.functional as F

from eeglrp.errors import InputError
from eeglrp.lrp.explain import explain
from eeglrp.lrp.explanation import closure_error

N, CHANNELS, TIMES = 2, 3, 16


def rand(*shape, seed=0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=dtype, generator=generator)


def score(y):
    """A sum with random weights; of complex numbers, of both their parts."""
    y = torch.view_as_real(y) if y.is_complex() else y
    return (y * rand(*y.shape[1:], seed=9)).flatten(1).sum(1)


@pytest.fixture
def x():
    return rand(N, CHANNELS, TIMES, seed=3)


def check(model, x):
    found = explain(model, x, score)
    torch.testing.assert_close(
        found.output, score(model(x)), rtol=1e-11, atol=1e-11
    )
    assert closure_error(found) < 1e-10
    return found


def input_times_gradient(model, x):
    """Relevance where nothing is added and the model is of degree 1."""
    leaf = x.clone().requires_grad_()
    return x * torch.autograd.grad(score(model(leaf)).sum(), leaf)[0]


HANN = torch.hann_window(8, dtype=torch.float64)
GAIN = rand(TIMES // 2 + 1, seed=1, dtype=torch.complex128)
rfft, irfft = torch.fft.rfft, torch.fft.irfft


def stft(v):
    return torch.stft(v.flatten(0, 1), 8, 4, window=HANN, return_complex=True)


def channels(v):
    return v.unflatten(0, (-1, CHANNELS))


def scaled_in_place(v):
    z = rfft(v)
    z *= GAIN
    z[..., :2] = 0
    return z


#: Functions in which nothing is added, with their degree.
HOMOGENEOUS = {
    "rfft": (rfft, 1),
    "rfft, padded": (lambda v: rfft(v, n=20), 1),
    "rfft, orthonormal": (lambda v: rfft(v, norm="ortho"), 1),
    "fft": (torch.fft.fft, 1),
    "ifft": (lambda v: torch.fft.ifft(v).imag, 1),
    "ihfft and hfft": (lambda v: torch.fft.hfft(torch.fft.ihfft(v) * GAIN), 1),
    "two axes": (lambda v: torch.fft.irfft2(torch.fft.rfft2(v) * GAIN), 1),
    "real and imaginary part": (lambda v: rfft(v).real + 2 * rfft(v).imag, 1),
    "conjugate": (lambda v: rfft(v).conj() * GAIN, 1),
    "parts side by side": (lambda v: torch.view_as_real(rfft(v)), 1),
    "parts joined": (lambda v: torch.complex(v, v.flip(-1)) * 1j, 1),
    "numbers": (lambda v: rfft(v) * 2.5 / 3 * (1 - 2j), 1),
    "divided": (lambda v: rfft(v) / GAIN, 1),
    "matrix": (lambda v: rfft(v) @ rand(9, 4, dtype=torch.complex128), 1),
    "in place": (scaled_in_place, 1),
    "magnitude": (lambda v: rfft(v).abs(), 1),
    "magnitude of zeros": (lambda v: rfft(v[..., :1] * 0 + v).abs(), 1),
    "power": (lambda v: rfft(v).abs() ** 2, 2),
    "power, square": (lambda v: rfft(v).abs().square(), 2),
    "power, product": (lambda v: (rfft(v) * rfft(v).conj()).real, 2),
    "power, parts": (
        lambda v: torch.view_as_real(rfft(v)).square().sum(-1),
        2,
    ),
    "autocorrelation": (lambda v: irfft(rfft(v).abs() ** 2), 2),
    "cross spectrum": (
        lambda v: torch.einsum("naf,nbf->nab", rfft(v), rfft(v).conj()),
        2,
    ),
    "stft": (lambda v: channels(stft(v)), 1),
    "stft, power": (lambda v: channels(stft(v).abs() ** 2), 2),
    "istft": (
        lambda v: channels(
            torch.istft(stft(v) * GAIN[:5, None], 8, 4, window=HANN)
        ),
        1,
    ),
}


@pytest.mark.parametrize("name", HOMOGENEOUS)
def test_where_nothing_is_added_all_goes_to_the_signal(x, name):
    function, degree = HOMOGENEOUS[name]
    found = check(function, x)
    expected = input_times_gradient(function, x) / degree
    torch.testing.assert_close(
        found.relevance, expected, rtol=1e-9, atol=1e-10
    )
    torch.testing.assert_close(
        found.ledger["input"], found.output, rtol=1e-9, atol=1e-10
    )


def circulant(kernel):
    """Matrix of the circular convolution with a kernel."""
    place = (torch.arange(TIMES)[:, None] - torch.arange(TIMES)) % TIMES
    return F.pad(kernel, (0, TIMES - len(kernel)))[place]


def test_a_filter_of_the_spectrum_is_a_circular_convolution(x):
    kernel = rand(5, seed=4)
    response = rfft(kernel, n=TIMES)
    found = check(lambda v: irfft(rfft(v) * response, n=TIMES), x)
    weights = rand(CHANNELS, TIMES, seed=9)
    expected = x * (weights @ circulant(kernel))
    torch.testing.assert_close(
        found.relevance, expected, rtol=1e-10, atol=1e-12
    )
    plain = check(lambda v: F.linear(v, circulant(kernel)), x)
    torch.testing.assert_close(
        found.relevance, plain.relevance, rtol=1e-10, atol=1e-12
    )


def test_total_power_goes_to_samples_in_proportion_to_their_own(x):
    # Parseval: sum_k |X_k|^2 = n sum_t x_t^2.
    found = explain(
        lambda v: torch.fft.fft(v).abs() ** 2, x, lambda y: y.flatten(1).sum(1)
    )
    torch.testing.assert_close(found.relevance, TIMES * x**2)


def test_magnitudes_by_sines_and_cosines(x):
    phase = (
        2
        * math.pi
        * torch.outer(torch.arange(TIMES), torch.arange(9)).double()
        / TIMES
    )
    cosine, sine = x @ phase.cos(), x @ phase.sin()
    given = rand(CHANNELS, 9, seed=9) / (cosine**2 + sine**2).sqrt()
    expected = x * (
        (given * cosine) @ phase.cos().T + (given * sine) @ phase.sin().T
    )
    found = check(lambda v: rfft(v).abs(), x)
    torch.testing.assert_close(
        found.relevance, expected, rtol=1e-9, atol=1e-10
    )


def test_a_short_time_spectrum_is_a_convolution(x):
    phase = (
        2
        * math.pi
        * torch.outer(torch.arange(5), torch.arange(8)).double()
        / 8
    )
    kernels = torch.cat([phase.cos(), -phase.sin()])[:, None] * HANN

    def convolved(v):
        parts = F.conv1d(v.flatten(0, 1)[:, None], kernels, stride=4)
        return channels(parts.unflatten(1, (2, 5)).permute(0, 2, 3, 1))

    def transformed(v):
        z = torch.stft(
            v.flatten(0, 1),
            8,
            4,
            window=HANN,
            center=False,
            return_complex=True,
        )
        return channels(torch.view_as_real(z))

    found, expected = check(transformed, x), check(convolved, x)
    torch.testing.assert_close(found.output, expected.output)
    torch.testing.assert_close(found.relevance, expected.relevance)


@pytest.mark.parametrize(
    "angle",
    [
        lambda v: rfft(v)[..., 1:-1].angle(),
        lambda v: torch.atan2(rfft(v).imag, rfft(v).real)[..., 1:-1],
    ],
)
def test_an_angle_has_no_degree_and_leaves_all_to_its_curvature(x, angle):
    # Stretching the signal does not turn it: the gradient along it is nothing.
    found = check(angle, x)
    sums = found.relevance.sum((1, 2))
    torch.testing.assert_close(
        sums, torch.zeros_like(sums), rtol=0, atol=1e-10
    )
    torch.testing.assert_close(found.ledger["curvature"], found.output)


def test_a_complex_constant_receives_what_it_adds(x):
    added = rand(9, seed=6, dtype=torch.complex128)
    found = check(lambda v: rfft(v) + added, x)
    torch.testing.assert_close(found.relevance, check(rfft, x).relevance)
    torch.testing.assert_close(
        found.ledger["constant"],
        score(added.expand(N, CHANNELS, -1)),
        rtol=1e-10,
        atol=1e-11,
    )


def test_a_complex_bias_receives_what_it_adds(x):
    weight, bias = (
        rand(4, 9, dtype=torch.complex128),
        rand(4, seed=1, dtype=torch.complex128),
    )
    found = check(lambda v: F.linear(rfft(v), weight, bias), x)
    booked = score(bias.expand(N, CHANNELS, -1))
    torch.testing.assert_close(
        found.ledger["bias_linear"], booked, rtol=1e-10, atol=1e-11
    )


def test_log_power_keeps_its_floor_apart(x):
    power = rfft(x).abs() ** 2
    found = check(lambda v: torch.log(rfft(v).abs() ** 2 + 0.5), x)
    slope = torch.log(power + 0.5) / (power + 0.5) * rand(CHANNELS, 9, seed=9)
    torch.testing.assert_close(
        found.ledger["constant"], 0.5 * slope.sum((1, 2))
    )
    torch.testing.assert_close(
        found.ledger["input"], (slope * power).sum((1, 2))
    )


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (lambda v: torch.exp(1j * v), "exp of complex"),
        (lambda v: rfft(v).sqrt(), "sqrt of complex"),
        (lambda v: rfft(v) ** 2, "pow.* of complex"),
        (lambda v: rfft(v).sgn(), "sgn"),
        (lambda v: torch.polar(v, v), "polar"),
    ],
)
def test_functions_of_complex_numbers_without_a_rule_are_refused(
    x, function, name
):
    with pytest.raises(InputError, match=name):
        explain(function, x, score)


# --- torchaudio ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def audio():
    try:
        import torchaudio
    except (ImportError, OSError) as error:
        pytest.skip(f"torchaudio cannot be imported: {error}")
    return torchaudio


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
def test_convolution_through_the_spectrum(x, audio, mode):
    kernel = rand(1, 1, 5, seed=4)
    width = {"full": 4, "same": 2, "valid": 0}[mode]
    found = check(lambda v: audio.functional.fftconvolve(v, kernel, mode), x)

    def plain(v):
        return channels(
            F.conv1d(v.flatten(0, 1)[:, None], kernel.flip(-1), padding=width)[
                :, 0
            ]
        )

    expected = check(plain, x)
    torch.testing.assert_close(found.output, expected.output)
    torch.testing.assert_close(found.relevance, expected.relevance)


def test_a_spectrogram_in_decibel(x, audio):
    to_power = audio.transforms.Spectrogram(8).double()
    to_decibel = audio.transforms.AmplitudeToDB(top_db=80)
    found = check(lambda v: to_decibel(to_power(v)), x)
    # The logarithm runs through the origin: all goes to the power and to the floor that bounds it.
    both = found.ledger["input"] + found.ledger["activation"]
    torch.testing.assert_close(both, found.output)


def test_a_recursive_filter_in_another_language_is_refused(x, audio):
    a, b = (
        torch.tensor(c, dtype=torch.float64) for c in ([1.0, -0.2], [0.3, 0.2])
    )
    with pytest.raises(InputError, match="not a torch function"):
        explain(
            lambda v: audio.functional.lfilter(v, a, b, clamp=False), x, score
        )
