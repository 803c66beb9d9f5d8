"use strict";
// Blue to white to orange, told apart with any colour vision; orange speaks for the score.
explorer.ENDS = [[5, 82, 150], [107, 165, 214], [247, 247, 247], [240, 150, 60], [150, 62, 4]];

explorer.colour = share => {
  const place = (Math.max(-1, Math.min(1, share)) + 1) * 2;
  const index = Math.min(3, Math.floor(place)), part = place - index;
  const [a, b] = [explorer.ENDS[index], explorer.ENDS[index + 1]];
  return `rgb(${a.map((value, k) => Math.round(value + part * (b[k] - value))).join(",")})`;
};

explorer.TABLE = Array.from({ length: 201 }, (_, k) => explorer.colour((k - 100) / 100));

explorer.shade = (value, limit) => {
  const share = limit > 0 ? value / limit : 0;
  return explorer.TABLE[100 + Math.round(100 * Math.max(-1, Math.min(1, share || 0)))];
};

// Okabe and Ito (2008), those dark enough on white.
explorer.LINES = ["#333333", "#0072b2", "#c04e00", "#00785a", "#a3476f", "#6b5a00", "#1b6ca8"];

explorer.number = (value, digits = 3) => {
  if (value == null || !Number.isFinite(value)) return "–";
  const text = Math.abs(value) >= 1e5 || (value !== 0 && Math.abs(value) < 1e-3)
    ? value.toExponential(digits - 1) : String(+value.toPrecision(digits));
  return text.replace("-", "−");
};
