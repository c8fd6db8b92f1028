# SPDX-License-Identifier: Apache-2.0
"""A screen of pyte that a change of its size treats as terminals do: lines that were wrapped are wrapped again at the new
width, and rows that have no room scroll off. pyte itself cuts both."""

import pyte
from pyte.screens import StaticDefaultDict


class Screen(pyte.HistoryScreen):
    """`wrapped` of a row: the line continues in the next row, because it had no room."""
    _drawing = False

    def draw(self, data):
        self._drawing = True
        super().draw(data)
        self._drawing = False

    def linefeed(self):
        if self._drawing:  # only a character behind the last column moves the cursor then
            self.buffer[self.cursor.y].wrapped = True
        super().linefeed()

    def erase_in_line(self, how=0, **_):
        super().erase_in_line(how)
        if how != 1:
            self.buffer[self.cursor.y].wrapped = False

    def erase_in_display(self, how=0, **_):
        super().erase_in_display(how)
        for y in range(0 if how else self.cursor.y, self.lines):
            self.buffer[y].wrapped = False

    def change_size(self, columns, rows, keeps="cursor"):
        """Changes the size. Terminals differ in which rows stay. `keeps`: "cursor": the cursor stays in its row if there
        is room, and the rows below are cut (xterm). "bottom": the last rows stay, and rows that have scrolled off come
        back (GNOME terminal, Windows)."""
        lines, at, offset = self._lines()
        made = []
        for number, cells in enumerate(lines):
            pieces = [cells[begin:begin + columns] for begin in range(0, max(len(cells), 1), columns)]
            if number == at:
                piece = min(offset // columns, len(pieces) - 1)
                cursor = len(made) + piece, min(offset - piece * columns, columns)
            made += [self._row(piece, piece is not pieces[-1]) for piece in pieces]
        if keeps == "cursor":
            top = max(cursor[0] - min(self.cursor.y, rows - 1), 0)
        else:
            top = min(max(len(made) - rows, 0), cursor[0])
        self.history.top.clear()
        self.history.top.extend(made[:top])
        self.buffer.clear()
        self.buffer.update(enumerate(made[top:top + rows]))
        self.lines, self.columns = rows, columns
        self.set_margins()
        self.cursor.y, self.cursor.x = cursor[0] - top, cursor[1]

    def _lines(self):
        """The lines as lists of cells, from the first one that has scrolled off; and the line and the offset of the
        cursor."""
        used = [y for y in range(self.lines) if any(cell.data.strip() for cell in self.buffer[y].values())]
        rows = [*self.history.top, *(self.buffer[y] for y in range(max(used + [self.cursor.y]) + 1))]
        lines, joins = [], False
        for number, row in enumerate(rows):
            if not joins:
                lines.append([])
            if number == len(self.history.top) + self.cursor.y:
                at, offset = len(lines) - 1, len(lines[-1]) + self.cursor.x
            joins = getattr(row, "wrapped", False)
            filled = [x for x, cell in row.items() if cell.data.strip() and x < self.columns]
            width = self.columns if joins else max(filled, default=-1) + 1
            lines[-1] += [row[x] for x in range(width)]
        return lines, at, offset

    def _row(self, cells, wrapped):
        row = StaticDefaultDict(self.default_char)
        row.update(enumerate(cells))
        row.wrapped = wrapped
        return row
