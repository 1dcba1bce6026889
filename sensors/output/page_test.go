package output

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files")

// art draws a picture with a character a dot.
func art(b Bitmap) string {
	var s strings.Builder
	for y := range Height {
		for x := range Width {
			if b.Dot(x, y) {
				s.WriteByte('#')
			} else {
				s.WriteByte('.')
			}
		}
		s.WriteByte('\n')
	}
	return s.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s", name, got)
	}
}

func TestRender(t *testing.T) {
	for name, p := range map[string]Page{
		"verdict.txt": {Title: "Läge 2/6", Corner: "14:03", Lines: []string{
			"Kabeln ut är avbruten", "Åtgärdas av:", "Region IT", "", "Ström: ÅÄÖ åäö é ü", "21.5 °C ± 0.3 → 35"}},
		"letters.txt": {Lines: []string{
			"ABCDEFGHIJKLMNOPQRSTU", "VWXYZ 0123456789 .,:;", "abcdefghijklmnopqrstu", "vwxyz !?()[]{}<>+-*/=",
			"@#$%&'\"_^`~|\\ –…·µ", "cut where the row ends here", "", "not shown: ninth row", "nor this"}},
	} {
		golden(t, name, art(Render(p)))
	}
	if Render(Page{}) != (Bitmap{}) {
		t.Error("the zero page is not dark")
	}
}

func TestHead(t *testing.T) {
	for _, c := range []struct{ title, corner, want string }{
		{"Plats", "14:03", "Plats           14:03"},
		{"Temperaturerna i skåpet", "14:03", "Temperaturerna  14:03"},
		{"", "14:03", "                14:03"},
		{"Plats", "", "Plats                "},
		{"x", strings.Repeat("9", 30), strings.Repeat("9", 30)},
	} {
		if got := headed(c.title, c.corner); got != c.want {
			t.Errorf("%q %q: %q, want %q", c.title, c.corner, got, c.want)
		}
	}
}

// What is drawn can be read, and reads as it was written, but for what the font
// does not have.
func TestPicturesAreReadable(t *testing.T) {
	var letters []rune
	for r := range font {
		letters = append(letters, r)
	}
	slices.Sort(letters)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom(letters), 0, 3*Columns, -1)
		p := Page{Title: "Läge", Corner: "14:03", Lines: rapid.SliceOfN(text, 0, 10).Draw(t, "lines")}
		b := Render(p)
		got := b.Text()
		want := []string{"Läge            14:03"}
		for n := range Rows - 1 {
			line := ""
			if n < len(p.Lines) {
				r := []rune(p.Lines[n])
				line = strings.TrimRight(string(r[:min(len(r), Columns)]), " ")
			}
			want = append(want, line)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
	b := Render(Page{Lines: []string{"a\u4e16b"}})
	if got := b.Text()[1]; got != "a\ufffdb" {
		t.Errorf("a character that is not in the font: %q", got)
	}
}

func TestFontHasWhatPeopleWrite(t *testing.T) {
	for r := ' '; r <= '~'; r++ {
		if _, ok := font[r]; !ok {
			t.Errorf("no glyph for %q", r)
		}
	}
	for _, r := range "åäöÅÄÖéÉüÜ°±–…·→" {
		if _, ok := font[r]; !ok {
			t.Errorf("no glyph for %q", r)
		}
	}
	for r, glyph := range font {
		for _, row := range glyph {
			if row > 0x1f {
				t.Errorf("%q is wider than five dots", r)
			}
		}
	}
}

func TestWrap(t *testing.T) {
	for text, want := range map[string][]string{
		"":                                   nil,
		"  ":                                 nil,
		"Pappersrutin, pärmen i receptionen": {"Pappersrutin, pärmen", "i receptionen"},
		"exakt tjugoett tecken":              {"exakt tjugoett tecken"},
		"en två\ntre":                        {"en två tre"},
		"Korskopplingsutrymmesinnehåll är känt": {"Korskopplingsutrymmes", "innehåll är känt"},
	} {
		if got := Wrap(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		lines := Wrap(text)
		for _, l := range lines {
			if n := len([]rune(l)); n == 0 || n > Columns {
				t.Fatalf("a line of %d: %q", n, lines)
			}
		}
		if got, want := strings.ReplaceAll(strings.Join(lines, ""), " ", ""), strings.Join(strings.Fields(text), ""); strings.ToValidUTF8(want, "") == want && got != want {
			t.Fatalf("%q became %q", want, got)
		}
	})
}
