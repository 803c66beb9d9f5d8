"""What assistive technology needs, checked in the page: names, contrast, headings, language.

Contrast after WCAG 2.2, 1.4.3 (https://www.w3.org/TR/WCAG22/#contrast-minimum): 4.5 to 1 for text.
"""

from pathlib import Path

#: An expression whose value is the list of faults.
FAULTS = Path(__file__).with_name("accessible.js").read_text()
