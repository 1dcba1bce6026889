package output

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Size of a display: in dots, and in characters.
const (
	Width   = 128
	Height  = 64
	Columns = Width / glyphWidth
	Rows    = Height / glyphHeight
)

// Page is one page of text.
type Page struct {
	// Title stands in the top row, light on dark turned round, with Corner at its
	// right end.
	Title, Corner string
	// Lines are the rows below, at most Rows-1; what is longer is cut.
	Lines []string
}

// Bitmap is a picture as both displays keep it: eight bands of eight rows, one
// byte a column, the uppermost dot of a band in bit 0.
type Bitmap [Rows][Width]byte

// Render draws p. The zero Page is dark.
func Render(p Page) Bitmap {
	var b Bitmap
	if p.Title != "" || p.Corner != "" {
		b.write(0, headed(p.Title, p.Corner))
		for x := range b[0] {
			b[0][x] ^= 0xff
		}
	}
	for n, line := range p.Lines[:min(len(p.Lines), Rows-1)] {
		b.write(n+1, line)
	}
	return b
}

// headed puts corner at the right end of the row, before the end of title.
func headed(title, corner string) string {
	left := []rune(title)
	room := Columns - utf8.RuneCountInString(corner)
	left = left[:min(len(left), max(room-1, 0))]
	return string(left) + strings.Repeat(" ", max(room-len(left), 0)) + corner
}

// write draws one row of text.
func (b *Bitmap) write(row int, text string) {
	column := 0
	for _, r := range text {
		if column == Columns {
			return
		}
		glyph, ok := font[r]
		if !ok {
			glyph = font[noGlyph]
		}
		b.draw(row, column*glyphWidth, glyph)
		column++
	}
}

func (b *Bitmap) draw(row, left int, glyph [glyphHeight]byte) {
	for y, dots := range glyph {
		for x := range glyphWidth - 1 {
			if dots>>(glyphWidth-2-x)&1 == 1 {
				b[row][left+x] |= 1 << y
			}
		}
	}
}

// Dot reports whether the dot is lit.
func (b *Bitmap) Dot(x, y int) bool { return b[y/glyphHeight][x]>>(y%glyphHeight)&1 == 1 }

// Text reads the rows of a picture that Render drew, without blanks at their
// ends; a simulated display tells so what it shows.
func (b *Bitmap) Text() []string {
	var rows []string
	for n := range b {
		rows = append(rows, b.readRow(n))
	}
	return rows
}

// readRow reads one row; one whose gaps between the characters are lit is a title.
func (b *Bitmap) readRow(row int) string {
	var turned byte
	if b[row][Width-1] == 0xff {
		turned = 0xff
	}
	var text strings.Builder
	for column := range Columns {
		text.WriteRune(b.readGlyph(row, column*glyphWidth, turned))
	}
	return strings.TrimRight(text.String(), " ")
}

func (b *Bitmap) readGlyph(row, left int, turned byte) rune {
	var glyph [glyphHeight]byte
	for x := range glyphWidth - 1 {
		for y := range glyph {
			glyph[y] |= (b[row][left+x] ^ turned) >> y & 1 << (glyphWidth - 2 - x)
		}
	}
	for r, g := range font {
		if g == glyph {
			return r
		}
	}
	return noGlyph
}

// Wrap breaks text into lines of at most Columns characters, between words where
// that can be.
func Wrap(text string) []string {
	var lines []string
	var line []rune
	for word := range strings.FieldsSeq(text) {
		w := []rune(word)
		if len(line) > 0 && len(line)+1+len(w) <= Columns {
			line = append(append(line, ' '), w...)
			continue
		}
		if len(line) > 0 {
			lines = append(lines, string(line))
		}
		for ; len(w) > Columns; w = w[Columns:] {
			lines = append(lines, string(w[:Columns]))
		}
		line = slices.Clone(w)
	}
	if len(line) > 0 {
		lines = append(lines, string(line))
	}
	return lines
}
