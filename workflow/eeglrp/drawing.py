"""The look of every figure in one place: colours, type size, and how one is saved."""

import io
from contextlib import contextmanager

from eeglrp.files import atomic, write_table
from eeglrp.labels import REGIMES, ordered

#: Two text columns of a journal page, in inches.
PAGE_WIDTH = 7.2
#: Resolutions of a PNG, tried in turn until it has at most so many bytes.
DOTS_PER_INCH = (150, 120, 100)
LARGEST_PNG = 200_000
#: Smallest and largest type, in points.
SMALL, LARGE = 7, 8
MARKERS = "osD^vP*X<>"


def colours(names):
    """One colour a name, in their order: seaborn's colour-blind-safe palette, then darker again."""
    import seaborn

    palette = seaborn.color_palette("colorblind")
    shades = {}
    for place, name in enumerate(names):
        times, index = divmod(place, len(palette))
        brightness = 0.55**times
        shades[name] = tuple(part * brightness for part in palette[index])
    return shades


def regime_colours(regimes=()):
    """The colour of each regime, the same in every figure; grey for models left untrained."""
    names = ordered([*REGIMES, *regimes])
    trained = [name for name in names if name != "untrained"]
    grey = (0.5, 0.5, 0.5)
    return colours(trained) | {"untrained": grey}


@contextmanager
def theme():
    """Draw in the project's style; matplotlib's own settings come back afterwards."""
    import matplotlib
    import seaborn

    settings = {
        "xtick.labelsize": SMALL,
        "ytick.labelsize": SMALL,
        "legend.fontsize": SMALL,
        "font.size": SMALL,
        "axes.labelsize": LARGE,
        "axes.titlesize": LARGE,
        "legend.title_fontsize": SMALL + 0.5,
        "axes.linewidth": 0.8,
        "lines.linewidth": 1.2,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "legend.frameon": False,
        "pdf.fonttype": 42,
    }
    with matplotlib.rc_context():
        seaborn.set_theme(context="paper", style="ticks", palette="colorblind")
        matplotlib.rcParams.update(settings)
        yield


def panels(n_rows, n_columns, row_height, width=PAGE_WIDTH, **settings):
    """A figure of `n_rows` x `n_columns` axes.

    Parameters
    ----------
    row_height, width : float
        Height of a row and width of the whole figure, in inches.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : array of Axes, shape (n_rows, n_columns)
    """
    from matplotlib.figure import Figure

    height = n_rows * row_height + 0.6
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots(n_rows, n_columns, squeeze=False, **settings)
    for axis in axes.flat:
        axis.spines[["top", "right"]].set_visible(False)
    return figure, axes


def hide_empty(axes, has_data):
    """Hide panels; what they said of their row and column the nearest panel left says.

    Parameters
    ----------
    axes : array of Axes, shape (n_rows, n_columns)
        With labels on the left and below.
    has_data : array of bool, shape (n_rows, n_columns)
        Some panel of every row and column.
    """
    for line, shown in zip(axes, has_data, strict=True):
        first = line[shown][0]
        first.set_ylabel(first.get_ylabel() or line[0].get_ylabel())
        first.tick_params(labelleft=True)
    for column, shown in zip(axes.T, has_data.T, strict=True):
        last = column[shown][-1]
        last.set_xlabel(last.get_xlabel() or column[-1].get_xlabel())
        last.tick_params(labelbottom=True)
    for axis in axes[~has_data]:
        axis.set_visible(False)


def has_rows(frame, tasks, regimes):
    """Whether there are rows of a task and regime; bool, shape (n_tasks, n_regimes)."""
    counts = frame.groupby(["task", "regime"]).size().unstack(fill_value=0)
    return counts.reindex(index=tasks, columns=regimes).to_numpy() > 0


def legend_below(figure, handles, columns=4, title=None):
    """A legend under the axes, where it hides no data; handles in a tuple are laid over another."""
    labels = []
    for handle in handles:
        first = handle[0] if isinstance(handle, tuple) else handle
        labels.append(first.get_label())
    columns = min(columns, len(handles))
    figure.legend(
        handles, labels, loc="outside lower center", ncols=columns, title=title
    )


def in_words(sentence):
    """A figure that says what is missing and why, for a table without a row to show."""
    import textwrap

    from matplotlib.figure import Figure

    figure = Figure(figsize=(PAGE_WIDTH, 1.4))
    lines = "\n".join(textwrap.wrap(sentence, 95))
    figure.text(
        0.5, 0.5, lines, ha="center", va="center", size=LARGE, color="0.25"
    )
    return figure


def render(plot, shown, missing, pdf, png, tsv):
    """Draw `plot(shown)`, or the sentence `missing` if there is nothing to show, and save it.

    Parameters
    ----------
    plot : callable
        Takes the data frame, returns a matplotlib figure.
    shown : DataFrame
        Exactly the numbers that the figure shows; written to `tsv`.
    """
    with theme():
        figure = plot(shown) if len(shown) else in_words(missing)
        save(figure, pdf, png)
    write_table(shown, tsv)


def save(figure, pdf, png):
    """Write PDF and PNG without dates, so that equal numbers give equal bytes."""
    figure.set_dpi(DOTS_PER_INCH[0])
    layout = figure.get_layout_engine()
    # The constrained layout settles at its second pass; then both files share it.
    for _ in range(2 if layout else 0):
        layout.execute(figure)
    # None at all: with one, even an idle one, every file is drawn twice.
    figure.set_layout_engine(None)
    with atomic(pdf) as temporary:
        figure.savefig(
            temporary,
            format="pdf",
            metadata={"CreationDate": None, "Producer": None},
        )
    with atomic(png) as temporary:
        _save_small_png(figure, temporary)


def _save_small_png(figure, path):
    """PNG with a palette of 256 colours, in a resolution that keeps it small."""
    for dots_per_inch in DOTS_PER_INCH:
        picture = io.BytesIO()
        figure.savefig(
            picture, format="png", dpi=dots_per_inch, facecolor="white"
        )
        path.write_bytes(_with_palette(picture, dots_per_inch))
        if path.stat().st_size <= LARGEST_PNG:
            return


def _with_palette(picture, dots_per_inch):
    """A third of the size, and the eye sees no difference."""
    from PIL import Image

    small = io.BytesIO()
    with Image.open(picture) as image:
        image = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(
        small, format="PNG", optimize=True, dpi=(dots_per_inch, dots_per_inch)
    )
    return small.getvalue()
