package patchmap

import (
	"slices"
	"strings"
	"unicode"
)

// level is a rule of Map.Match, the surest first.
type level int

const (
	levelSame  level = iota // the same name
	levelShort              // the same numbers behind a form of one word
	levelBare               // the same numbers, one without a word
	levelPart               // the same but for a 0 in the middle
	levelLast               // one number, the last
)

// families holds the words for kinds of Ethernet ports that mean the same.
var families = [][]string{
	{"fastethernet", "fa", "fe"},
	{"gigabitethernet", "gi", "gig", "ge", "gigaethernet", "gigethernet"},
	{"twogigabitethernet", "tw"},
	{"fivegigabitethernet", "fi"},
	{"tengigabitethernet", "te", "ten", "tengig", "tengige", "xge", "xgigabitethernet", "xe"},
	{"twentyfivegige", "twe", "twentyfivegigabitethernet"},
	{"fortygigabitethernet", "fo", "fortygige", "xlge"},
	{"hundredgige", "hu", "hundredgigabitethernet", "cge"},
	{"ethernet", "eth", "et"},
}

// bareWords are words of Ethernet ports that say nothing of their kind.
var bareWords = []string{"", "port", "p", "slot", "ether", "swp", "lan"}

var familyOf = func() map[string]string {
	m := make(map[string]string)
	for _, f := range families {
		for _, w := range f {
			m[w] = f[0]
		}
	}
	return m
}()

// written is the name of a port taken apart: "Gi1/0/12" is gigabitethernet and
// 1, 0, 12. A name of another form has only same.
type written struct {
	same     string   // lower case, without blanks
	word     string   // "" where there is none or it says nothing
	ethernet bool     // word is that of an Ethernet port, or says nothing
	numbers  []string // without leading zeros
}

// mostNumbers bounds the numbers of a name: stack, slot, module, port and lane.
const mostNumbers = 5

func form(name string) written {
	w := written{same: strings.ToLower(strings.Join(strings.Fields(name), ""))}
	first := strings.IndexFunc(w.same, unicode.IsDigit)
	if first < 0 {
		return w
	}
	word := strings.TrimRight(w.same[:first], "-_:.")
	word = strings.ReplaceAll(word, "-", "")
	if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }) {
		return w
	}
	numbers := strings.FieldsFunc(w.same[first:], func(r rune) bool { return r == '/' || r == ':' })
	if len(numbers) > mostNumbers || strings.HasSuffix(w.same, "/") || strings.Contains(w.same, "//") {
		return w
	}
	for i, n := range numbers {
		if strings.Trim(n, "0123456789") != "" {
			return w
		}
		if numbers[i] = strings.TrimLeft(n, "0"); numbers[i] == "" {
			numbers[i] = "0"
		}
	}
	w.numbers = numbers
	w.word, w.ethernet = meaning(word)
	return w
}

// meaning returns the one word for what word means, and whether that is Ethernet.
func meaning(word string) (string, bool) {
	if slices.Contains(bareWords, word) {
		return "", true
	}
	if f, ok := familyOf[word]; ok {
		return f, true
	}
	return word, false
}

// at returns what two names that fit at l have in common, "" where w has no such.
func (w written) at(l level) string {
	if l == levelSame {
		return w.same
	}
	if len(w.numbers) == 0 || l > levelShort && !w.ethernet {
		return ""
	}
	numbers := w.numbers
	switch l {
	case levelShort:
		return w.word + " " + strings.Join(numbers, "/")
	case levelPart:
		if len(numbers) == 3 && numbers[1] == "0" {
			numbers = []string{numbers[0], numbers[2]}
		}
	case levelLast:
		numbers = numbers[len(numbers)-1:]
	}
	return strings.Join(numbers, "/")
}

// fits reports whether w, of the list, may be the port p, whose key at l is equal:
// two different words are two ports, and only a lone number without a word is a last
// number.
func (w written) fits(p written, l level) bool {
	switch {
	case l == levelSame:
		return true
	case l == levelLast:
		return len(w.numbers) == 1 && w.word == ""
	}
	return w.word == p.word || w.word == "" || p.word == ""
}

// alike reports whether w is nothing but numbers, and some port is those behind a
// word: switches have a VLAN called 1 beside gi1.
func (w written) alike(ports []written) bool {
	if len(w.numbers) == 0 || !unicode.IsDigit(rune(w.same[0])) {
		return false
	}
	return slices.ContainsFunc(ports, func(p written) bool {
		return p.word != "" && p.at(levelBare) == w.at(levelBare)
	})
}
