"""A chart of lines over two logarithmic axes as one SVG file, without any library.

It brings its own background and takes light or dark colours as the reader's system asks. Lines are
told apart by marks and by their names beside their ends, not by colour alone.
"""
import math
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 150, 48, 52

STYLE = """
  .ground { fill: #ffffff } .text { fill: #1f2328; font: 13px sans-serif }
  .title { font-size: 15px; font-weight: bold } .grid { stroke: #d1d9e0; stroke-width: 1 }
  .guide { stroke: #59636e; stroke-width: 1.5; stroke-dasharray: 6 5; fill: none }
  .line { fill: none; stroke-width: 2.5 } .range { stroke-width: 1.5 }
  .s0 { stroke: #0550ae } .s1 { stroke: #a04100 } .s2 { stroke: #116329 } .s3 { stroke: #82218e }
  .m0 { fill: #0550ae } .m1 { fill: #a04100 } .m2 { fill: #116329 } .m3 { fill: #82218e }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } .text { fill: #e6edf3 } .grid { stroke: #30363d }
    .guide { stroke: #9198a1 }
    .s0 { stroke: #79c0ff } .s1 { stroke: #ffa657 } .s2 { stroke: #7ee787 } .s3 { stroke: #d2a8ff }
    .m0 { fill: #79c0ff } .m1 { fill: #ffa657 } .m2 { fill: #7ee787 } .m3 { fill: #d2a8ff }
  }
"""

MARKS = ('<circle cx="{x}" cy="{y}" r="4.5" class="{c}"/>',
         '<rect x="{x0}" y="{y0}" width="8" height="8" class="{c}"/>',
         '<path d="M{x} {y} m0 -5.5 l5.5 5.5 l-5.5 5.5 l-5.5 -5.5 z" class="{c}"/>',
         '<path d="M{x} {y} m0 -5.5 l5 9.5 h-10 z" class="{c}"/>')


def short(value):
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def text(x, y, words, anchor="middle", kind="text", turned=False):
    turn = f' transform="rotate(-90 {x:.0f} {y:.0f})"' if turned else ""
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}"{turn}>'
            f'{escape(words)}</text>')


class Axis:
    """Logarithmic: from a value to a place, and the values that get a line."""

    def __init__(self, values, begin, end):
        self.low, self.high = math.log10(min(values)), math.log10(max(values))
        spare = max(0.04 * (self.high - self.low), 0.02)
        self.low, self.high = self.low - spare, self.high + spare
        self.begin, self.end = begin, end

    def at(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return self.begin + share * (self.end - self.begin)

    def ticks(self):
        steps = (1, 2, 5) if self.high - self.low < 2.2 else (1, 3)
        for power in range(math.floor(self.low), math.ceil(self.high) + 1):
            for step in steps:
                value = step * 10.0 ** power
                if self.low <= math.log10(value) <= self.high:
                    yield value


class Chart:
    def __init__(self, title, x_title, y_title, straight=""):
        """`straight`: the name of a dashed line along which the values grow as the numbers do."""
        self.title, self.x_title, self.y_title, self.straight = title, x_title, y_title, straight
        self.lines = []
        self.limits = []

    def line(self, name, points):
        """`points`: x, and least, median and greatest y."""
        self.lines.append((name, points))

    def limit(self, y, name):
        self.limits.append((y, name))

    def svg(self):
        every = [point for _, points in self.lines for point in points]
        x = Axis([p[0] for p in every], LEFT, WIDTH - RIGHT)
        y = Axis([v for p in every for v in p[1:]] + [v for v, _ in self.limits],
                 HEIGHT - BOTTOM, TOP)
        body = self.grid(x, y)
        if self.straight:
            body += self.guide(x, y)
        for value, name in self.limits:
            body += [f'<path d="M{LEFT} {y.at(value):.1f} H{WIDTH - RIGHT}" class="guide"/>',
                     text(LEFT + 6, y.at(value) - 6, name, "start")]
        for number, (name, points) in enumerate(self.lines):
            body += self.drawn(x, y, number, points)
        body += self.names(x, y)
        return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                f'width="{WIDTH}" height="{HEIGHT}" role="img">\n'
                f'<title>{escape(self.title)}</title>\n<style>{STYLE}</style>\n'
                '<rect width="100%" height="100%" class="ground"/>\n' +
                "\n".join(body) + "\n</svg>\n")

    def grid(self, x, y):
        bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
        body = [text(LEFT, 26, self.title, "start", "text title"),
                text((LEFT + right) / 2, HEIGHT - 12, self.x_title),
                text(20, (TOP + bottom) / 2, self.y_title, turned=True)]
        for value in x.ticks():
            body += [f'<path d="M{x.at(value):.1f} {TOP} V{bottom}" class="grid"/>',
                     text(x.at(value), bottom + 18, short(value))]
        for value in y.ticks():
            body += [f'<path d="M{LEFT} {y.at(value):.1f} H{right}" class="grid"/>',
                     text(LEFT - 8, y.at(value) + 4, short(value), "end")]
        return body

    def guide(self, x, y):
        """Through the middle point of the first line, at the slope of exact proportion."""
        points = self.lines[0][1]
        at, _, value, _ = points[len(points) // 2]
        ends = [p[0] for p in points]
        line = " L".join(f"{x.at(e):.1f} {y.at(value * e / at):.1f}" for e in (ends[0], ends[-1]))
        return [f'<path d="M{line}" class="guide"/>']

    @staticmethod
    def drawn(x, y, number, points):
        colour, mark = f"s{number}", MARKS[number]
        line = " L".join(f"{x.at(p[0]):.1f} {y.at(p[2]):.1f}" for p in points)
        body = [f'<path d="M{line}" class="line {colour}"/>']
        for files, low, middle, high in points:
            px, py = x.at(files), y.at(middle)
            body += [f'<path d="M{px:.1f} {y.at(low):.1f} V{y.at(high):.1f}" '
                     f'class="range {colour}"/>',
                     mark.format(x=f"{px:.1f}", y=f"{py:.1f}", x0=f"{px - 4:.1f}",
                                 y0=f"{py - 4:.1f}", c=f"m{number}")]
        return body

    def names(self, x, y):
        """Beside the last points, moved apart where they would overlap."""
        ends = sorted((y.at(points[-1][2]), number)
                      for number, (_, points) in enumerate(self.lines))
        body, last = [], -math.inf
        for place, number in ends:
            last = max(place, last + 17)
            body.append(text(WIDTH - RIGHT + 16, last + 4, self.lines[number][0], "start",
                             f"text m{number}"))
        if self.straight:
            body.append(text(LEFT + 8, TOP + 16, f"dashed: {self.straight}", "start"))
        return body
