package patchmap

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"rackvakt/sensors/strictyaml"
)

// Bounds of one file. A list of 5,000 rows is some 300 KB; a NetBox export has up
// to fifty columns.
const (
	MaxBytes = 8 << 20
	MaxRows  = 20_000
	// maxColumns is how many columns a file may have.
	maxColumns = 256
	// maxText is the longest text of a cell that is used, in characters.
	maxText = 120
	// maxProblems is how many mistakes are told one by one.
	maxProblems = 100
)

// text returns src as UTF-8 without a byte order mark, and a note where it was read
// as Windows-1252; or the mistake that it is neither.
func text(file string, src []byte) (string, string, *strictyaml.Problem) {
	bad := func(at int, found, want string) *strictyaml.Problem {
		line, column := position(src, at)
		return &strictyaml.Problem{File: file, Line: line, Column: column, Found: found, Want: want}
	}
	if len(src) > MaxBytes {
		return "", "", bad(0, fmt.Sprintf("%d bytes", len(src)), fmt.Sprintf("at most %d bytes", MaxBytes))
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if at := bytes.IndexByte(src, 0); at >= 0 || bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		return "", "", bad(max(at, 0), "a NUL byte or UTF-16", "text saved as CSV UTF-8")
	}
	if utf8.Valid(src) {
		return string(src), "", nil
	}
	first, mixed := -1, false
	for i := 0; i < len(src); {
		r, size := utf8.DecodeRune(src[i:])
		if r == utf8.RuneError && size == 1 && first < 0 {
			first = i
		}
		mixed = mixed || size > 1
		i += size
	}
	if mixed {
		return "", "", bad(first, fmt.Sprintf("the byte %#x", src[first]), "UTF-8 all through, as in the rest of the file")
	}
	wide := fromWindows1252(src)
	if strings.ContainsRune(wide, utf8.RuneError) {
		return "", "", bad(first, fmt.Sprintf("the byte %#x", src[first]), "text saved as CSV UTF-8")
	}
	return wide, file + ": not UTF-8, read as Windows-1252", nil
}

// upper1252 is what the octets 0x80 to 0x9f mean in Windows-1252; five mean nothing.
// All others are those of Latin-1.
// The tables of golang.org/x/text for it are 90 kB of the program.
var upper1252 = [32]rune{
	'€', utf8.RuneError, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', utf8.RuneError, 'Ž', utf8.RuneError,
	utf8.RuneError, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', utf8.RuneError, 'ž', 'Ÿ',
}

func fromWindows1252(src []byte) string {
	var out strings.Builder
	for _, b := range src {
		if b >= 0x80 && b <= 0x9f {
			out.WriteRune(upper1252[b-0x80])
		} else {
			out.WriteRune(rune(b))
		}
	}
	return out.String()
}

// position returns the line and the column of a byte.
func position(src []byte, at int) (line, column int) {
	before := src[:min(at, len(src))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// clean composes the letters of a cell (macOS takes ä apart), and makes one blank
// of every run of white space.
func clean(s string) string {
	return norm.NFC.String(strings.Join(strings.Fields(s), " "))
}

// printable reports whether a clean text may be shown.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) })
}

// quote writes what was found as problems show it; "" stays "", which is missing.
func quote(s string) string {
	if s == "" {
		return ""
	}
	if r := []rune(s); len(r) > maxText {
		s = string(r[:maxText]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
