"""Lead fields of one subject's sources, from MNE's spherical head models.

Positions are in units of the head's radius from the centre of the sphere fitted to the montage:
x to the right, y to the front, z up. Brain sources lie in a sphere with skull and scalp (Berg &
Scherg 1994). Eyes and heart lie outside the skull, so they drive a homogeneous sphere.

The recording reference is linked ear lobes, as in many clinical amplifiers: the mean potential of
both ears is subtracted from every electrode, and no average reference is applied.
"""

from typing import NamedTuple

import numpy as np

from eeglrp.errors import InputError
from eeglrp.recordings.simulation.settings import CONFIGURATION

EARS = ((-0.79, -0.11, -0.60), (0.79, -0.11, -0.60))
#: Between-subject SD for each unit of `variation`: position of a source (head radii), direction of
#: its moment (radians), seat of the cap (radians). At variation 0.2 about 4 mm, 11 and 3 degrees.
POSITION_SD, DIRECTION_SD, CAP_SD = 0.2, 1.0, 0.25
#: Distance of cortical dipoles from the centre; the patch of cortex that makes up one rhythm: its
#: distance, its width and its dipoles.
CORTEX = (0.55, 0.80)
PATCH_DEPTH, PATCH_WIDTH, PATCH_DIPOLES = 0.72, 0.2, 8
#: No brain source lies farther from the centre (the skull begins at 0.9).
BRAIN = 0.85
#: No eye or heart lies farther out.
SKIN = 0.95
#: Directions in which the patches of each rhythm lie.
RHYTHMS = {
    "alpha": ((-0.30, -0.93, 0.20), (0.30, -0.93, 0.20), (0.0, -0.80, 0.60)),
    "mu_left": ((-0.70, 0.08, 0.71),),
    "mu_right": ((0.70, 0.08, 0.71),),
    "arousal": ((-0.60, 0.10, 0.79), (0.0, 0.14, 0.99), (0.60, 0.10, 0.79)),
    "valence_left": ((-0.54, 0.74, 0.40),),
    "valence_right": ((0.54, 0.74, 0.40),),
}
#: Fields of the muscles over either temple, beside those that every head has.
TEMPLES = ((-0.90, 0.25, 0.0), (0.90, 0.25, 0.0))
_EYES = ((-0.33, 0.72, -0.42), (0.33, 0.72, -0.42))
#: Positions and moments outside the skull. Blinks: the lid makes the front of the eye positive,
#: forward and up. Saccades: the corneas turn left. Heart: below the head, its axis to the left.
#: Last, how much of the between-subject tilt they share: the heart's axis differs more than eyes.
BODY = {
    "blink": (_EYES, (0.0, 0.8, 0.6), 0.25),
    "saccade": (_EYES, (-1.0, 0.0, 0.0), 0.25),
    "heartbeat": (((0.0, -0.10, -0.80),), (-0.90, 0.20, -0.40), 1.0),
}


class Sphere(NamedTuple):
    """The sphere fitted to a montage, in m, and the directions of electrodes from its centre."""

    channels: list
    electrodes: np.ndarray
    centre: np.ndarray
    radius: float


def fit_sphere(channels, montage):
    """Place the electrodes of a standard montage and fit a sphere to the whole montage.

    Raises
    ------
    InputError
        If MNE has no such montage, or the montage lacks an electrode.
    """
    import mne

    known = mne.channels.get_builtin_montages()
    if montage not in known:
        remedy = f"use one of MNE's: {', '.join(known)}"
        raise InputError(
            CONFIGURATION, "montage", f"{montage!r} is unknown", remedy
        )
    template = mne.channels.make_standard_montage(montage)
    indices = {name.lower(): i for i, name in enumerate(template.ch_names)}
    missing = [name for name in channels if name.lower() not in indices]
    if missing:
        problem = f"{', '.join(missing)} not in montage {montage}"
        remedy = "correct the name or the montage"
        raise InputError(CONFIGURATION, "channels", problem, remedy)
    info = mne.create_info(template.ch_names, 100.0, "eeg")
    info.set_montage(template)
    sphere = mne.make_sphere_model("auto", "auto", info, verbose="ERROR")
    places = np.array([channel["loc"][:3] for channel in info["chs"]])
    wanted = [indices[name.lower()] for name in channels]
    centre = np.asarray(sphere["r0"])
    directions = _unit(places[wanted] - centre)
    return Sphere(list(channels), directions, centre, sphere.radius)


def lead_fields(sphere, n_background, variation, rng, muscle=False):
    """Potential of each source's unit dipoles at the electrodes of one subject.

    Parameters
    ----------
    sphere : Sphere
    n_background : int
    variation : float
        Scale of the differences between subjects; 0 gives everyone the same head.
    rng : numpy.random.Generator
        The subject's own.
    muscle : bool
        Whether the temporal muscles are wanted too; drawn last, so that all else stays as it is.

    Returns
    -------
    dict of array, shape (n_channels, n_dipoles)
        `background`, the rhythms, the body's sources and perhaps `muscle`, in volt for each ampere
        metre.
    """
    turn = variation * CAP_SD * rng.standard_normal(3)
    askew = np.cross(turn, sphere.electrodes)
    head = sphere._replace(electrodes=_unit(sphere.electrodes + askew))
    body = {}
    for name, source in BODY.items():
        body[name] = _body(*source, variation, rng)
    brain = {}
    for name, places in RHYTHMS.items():
        brain[name] = _rhythm(places, variation, rng)
    brain["background"] = _background(n_background, rng)
    fields = _solve(head, body, shells=False)
    fields |= _solve(head, brain, shells=True)
    if muscle:
        temples = {"muscle": _muscle(variation, rng)}
        fields |= _solve(head, temples, shells=False)
    return fields


def _unit(vectors):
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / length


def _background(n, rng):
    """Dipoles of any direction, spread over the cortex down to the level of the ears."""
    direction = _unit(rng.standard_normal((n, 3)))
    height = direction[:, 2]
    is_low = height < -0.3
    direction[:, 2] = np.where(is_low, -height, height)
    depth = rng.uniform(*CORTEX, (n, 1))
    moment = _unit(rng.standard_normal((n, 3)))
    return direction * depth, moment


def _rhythm(directions, variation, rng):
    """Patches of nearly radial dipoles below the scalp, shifted and tilted for the subject."""
    centres = PATCH_DEPTH * _unit(np.array(directions))
    shift = rng.standard_normal(centres.shape)
    centres += variation * POSITION_SD * shift
    position = _within(_patches(centres, rng), BRAIN)
    moment = _tilt(_unit(position), variation, rng)
    return position, moment


def _patches(centres, rng):
    """Positions of the dipoles of a patch around each centre."""
    position = np.repeat(centres, PATCH_DIPOLES, axis=0)
    offset = rng.uniform(-0.5, 0.5, position.shape)
    position += PATCH_WIDTH * offset
    return position


def _body(positions, moment, tilt, variation, rng):
    """Dipoles that share one moment: both eyes turn together."""
    shift = 0.5 * variation * POSITION_SD * rng.standard_normal(3)
    upright = _unit(np.array(moment))
    tilted = _tilt(upright, tilt * variation, rng)
    shifted = np.array(positions) + shift
    n_dipoles = len(shifted)
    moments = np.tile(tilted, (n_dipoles, 1))
    return _within(shifted, SKIN), moments


def _muscle(variation, rng):
    """Fibres of any direction under the skin of both temples."""
    shift = variation * POSITION_SD * rng.standard_normal((2, 3))
    centres = np.array(TEMPLES) + shift
    position = _within(_patches(centres, rng), SKIN)
    moment = _unit(rng.standard_normal(position.shape))
    return position, moment


def _within(position, limit):
    distance = np.linalg.norm(position, axis=1, keepdims=True)
    shrink = np.minimum(1, limit / distance)
    return position * shrink


def _tilt(moments, variation, rng):
    deviation = rng.standard_normal(moments.shape)
    tilted = moments + variation * DIRECTION_SD * deviation
    return _unit(tilted)


def _solve(head, groups, shells):
    """Referenced lead field of each group of (positions, moments)."""
    positions, moments = zip(*groups.values(), strict=True)
    position = np.concatenate(positions)
    moment = np.concatenate(moments)
    potential = _potential(head, position, moment, shells)
    n = len(head.channels)
    ears = potential[n:].mean(axis=0)
    referenced = potential[:n] - ears
    ends = np.cumsum([len(group) for group in positions])
    fields = np.split(referenced, ends[:-1], axis=1)
    return dict(zip(groups, fields, strict=True))


def _potential(head, position, moment, shells):
    """Potential (electrodes and both ears, dipoles) of unit dipoles, by MNE."""
    import mne

    names = [*head.channels, "left ear", "right ear"]
    directions = np.concatenate([head.electrodes, _unit(np.array(EARS))])
    positions = head.centre + head.radius * directions
    places = dict(zip(names, positions, strict=True))
    montage = mne.channels.make_dig_montage(places, coord_frame="head")
    info = mne.create_info(names, 100.0, "eeg").set_montage(montage)
    # Two layers of equal conductivity are MNE's way to a homogeneous sphere.
    layers = {}
    if not shells:
        layers["relative_radii"] = (0.98, 1.0)
        layers["sigmas"] = (0.33, 0.33)
    with mne.use_log_level("ERROR"):
        model = mne.make_sphere_model(head.centre, head.radius, None, **layers)
        dipoles = {"rr": head.centre + head.radius * position, "nn": moment}
        sources = mne.setup_volume_source_space(pos=dipoles)
        forward = mne.make_forward_solution(
            info, None, sources, model, meg=False, eeg=True
        )
    # Channel, dipole, direction.
    field = forward["sol"]["data"].reshape(len(names), -1, 3)
    return np.einsum("cdk,dk->cd", field, moment)
