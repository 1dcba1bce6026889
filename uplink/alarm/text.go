package alarm

// Text is what a person reads, in both languages.
type Text struct{ SV, EN string }

// Lang is a language of the screen. The zero value reads as Swedish.
type Lang string

// Languages.
const (
	Swedish Lang = "sv"
	English Lang = "en"
)

// In returns the text in l.
func (t Text) In(l Lang) string {
	if l == English {
		return t.EN
	}
	return t.SV
}
