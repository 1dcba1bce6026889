package patchmap

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"rackvakt/sensors/strictyaml"
)

// cell is one field of a file and where it stands.
type cell struct {
	text     string // clean
	line, at int    // at is a byte of the line, from 1; see table.column
}

// table is one file taken apart: the first row that is not empty, and the others.
// Rows may be shorter or longer than the header.
type table struct {
	file   string
	header []cell
	rows   [][]cell
	lines  []string // as they came, to count columns in
}

// separators of columns; the one that the first row has most of is the file's.
var separators = []rune{',', ';', '\t', '|'}

// separator returns the separator of the first row. It looks outside quotes.
func separator(first string) rune {
	count := make(map[rune]int)
	quoted := false
	for _, r := range first {
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			count[r]++
		}
	}
	best := separators[0]
	for _, s := range separators {
		if count[s] > count[best] {
			best = s
		}
	}
	return best
}

// splitLines returns the lines of a text. Old spreadsheets on a Mac end lines with
// CR. The line "sep=;", with which a file tells Excel its separator, is emptied.
func splitLines(s string) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	if !strings.Contains(s, "\n") {
		s = strings.ReplaceAll(s, "\r", "\n")
	}
	lines := strings.Split(s, "\n")
	if len(lines[0]) == len("sep=;") && strings.HasPrefix(strings.ToLower(lines[0]), "sep=") {
		lines[0] = ""
	}
	return lines
}

// readTable takes a text apart and tells every mistake of quoting.
func readTable(file, s string) (*table, strictyaml.Problems) {
	t := &table{file: file, lines: splitLines(s)}
	first := slices.IndexFunc(t.lines, func(l string) bool { return strings.TrimSpace(l) != "" })
	if first < 0 {
		return t, strictyaml.Problems{t.empty()}
	}
	r := csv.NewReader(strings.NewReader(strings.Join(t.lines, "\n")))
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = separator(t.lines[first]), -1, true
	var problems strictyaml.Problems
	for {
		record, err := r.Read()
		if err == io.EOF {
			if t.header == nil && len(problems) == 0 {
				problems = append(problems, t.empty())
			}
			return t, problems
		}
		if err != nil {
			problems = append(problems, t.broken(err))
			continue
		}
		row := t.row(r, record)
		if blank(row) {
			continue
		}
		if t.header != nil {
			t.rows = append(t.rows, row)
		} else {
			t.header = row
		}
		if len(t.rows) > MaxRows {
			return t, append(problems, t.tooMany(row, len(t.rows), "rows", MaxRows))
		}
		if len(t.header) > maxColumns {
			n := len(t.header)
			t.header = nil
			return t, append(problems, t.tooMany(row, n, "columns", maxColumns))
		}
	}
}

// row makes cells of a record that r has just read.
func (t *table) row(r *csv.Reader, record []string) []cell {
	row := make([]cell, len(record))
	for i, text := range record {
		line, at := r.FieldPos(i)
		row[i] = cell{text: clean(text), line: line, at: at}
	}
	return row
}

func (t *table) tooMany(row []cell, n int, what string, most int) strictyaml.Problem {
	return strictyaml.Problem{
		File: t.file, Line: row[0].line, Column: 1, Found: fmt.Sprintf("%d %s", n, what), Want: fmt.Sprintf("at most %d %s", most, what),
	}
}

func (t *table) empty() strictyaml.Problem {
	return strictyaml.Problem{File: t.file, Line: 1, Column: 1, Want: "a first row with the columns", Example: ownHeader}
}

func blank(row []cell) bool {
	return !slices.ContainsFunc(row, func(c cell) bool { return c.text != "" })
}

// column returns which character of its line a cell begins at, from 1.
func (t *table) column(c cell) int {
	if c.line < 1 || c.line > len(t.lines) {
		return 1
	}
	l := t.lines[c.line-1]
	return utf8.RuneCountInString(l[:max(0, min(c.at-1, len(l)))]) + 1
}

func (t *table) broken(err error) strictyaml.Problem {
	p := strictyaml.Problem{
		File: t.file, Line: 1, Column: 1, Found: err.Error(), Example: `"Room 2, left"`,
		Want: `quotes around a whole cell, and "" for a quote in it`,
	}
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		p.Line, p.Column, p.Found = parse.StartLine, 1, "a quote out of place"
		if parse.StartLine == parse.Line {
			p.Column = t.column(cell{line: parse.Line, at: parse.Column})
		}
	}
	return p
}

// title folds the title of a column: "Panel port" and "panel_port" are panelport.
func title(s string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(s))
}

// columns holds where the columns of a table are, by what they are called in this
// package.
type columns map[string]int

// find returns the place of each column that the table has, by name; names holds
// the titles that are taken for a name, folded.
func (t *table) find(names map[string][]string) columns {
	at := make(columns)
	for i, c := range t.header {
		for name, titles := range names {
			if slices.Contains(titles, title(c.text)) {
				if _, twice := at[name]; !twice {
					at[name] = i
				}
			}
		}
	}
	return at
}

// get returns the cell of a column, without text where the row or the table has
// none; it then stands at the row's beginning.
func (c columns) get(row []cell, name string) cell {
	if i, ok := c[name]; ok && i < len(row) {
		return row[i]
	}
	return cell{line: row[0].line, at: row[0].at}
}

func (t *table) problem(at cell, key, found, want, example string) strictyaml.Problem {
	return strictyaml.Problem{
		File: t.file, Line: at.line, Column: t.column(at), Key: key, Found: quote(found), Want: want, Example: example,
	}
}

// order sorts problems by file, in the order of the files' names, and by place.
func order(all strictyaml.Problems) {
	slices.SortStableFunc(all, func(a, b strictyaml.Problem) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
}
