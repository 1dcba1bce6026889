package web

import (
	"cmp"
	"net/http"

	"rackvakt/uplink/alarm"
)

// wordsPage is a page of plain text: the accessibility statement, a missing page.
type wordsPage struct {
	Frame frame
	Parts []part
}

// part is one heading with what stands under it.
type part struct {
	Title      string
	Text, List []string
}

// statement is the accessibility statement (Swedish law 2018:1937). It tells what
// was checked and what was not; whoever checks more writes it here.
var statement = []struct {
	title alarm.Text
	text  []alarm.Text
	list  []alarm.Text
}{
	{text: []alarm.Text{{
		SV: "Sidorna är byggda för att följa lagen om tillgänglighet till digital offentlig service (2018:1937), det vill säga EN 301 549 och WCAG 2.1 nivå AA. Ingen utomstående har granskat dem.",
		EN: "The pages are built to meet the Swedish act on accessibility of digital public services (2018:1937), that is EN 301 549 and WCAG 2.1 level AA. No outside party has audited them.",
	}}},
	{
		title: alarm.Text{SV: "Det här är kontrollerat", EN: "What was checked"},
		list: []alarm.Text{
			{SV: "Automatiska prov vid varje ändring: språk, rubriker, tabellrubriker, att läge och grad alltid står i ord, att inga skript behövs, och att textens kontrast är minst 4,5:1.",
				EN: "Automatic tests at every change: language, headings, table headings, that state and severity always stand in words, that no script is needed, and that the contrast of text is at least 4.5:1."},
			{SV: "För ögat i webbläsaren Chromium på svenska och engelska, med 1280 och 390 bildpunkters bredd, senast den 23 november 2026.",
				EN: "By eye in the browser Chromium in Swedish and English, at widths of 1280 and 390 pixels, last on 23 November 2026."},
		},
	},
	{
		title: alarm.Text{SV: "Det här är inte kontrollerat", EN: "What was not checked"},
		list: []alarm.Text{
			{SV: "Skärmläsare, punktskrift, röststyrning och andra webbläsare.", EN: "Screen readers, braille, voice control and other browsers."},
			{SV: "Prov tillsammans med personer med funktionsnedsättning.", EN: "Trials with people with disabilities."},
		},
	},
	{
		title: alarm.Text{SV: "Kända brister", EN: "Known shortcomings"},
		list: []alarm.Text{
			{SV: "Sidorna hämtar sig själva på nytt, vilket kan störa läsningen. Länken ”Pausa uppdateringen” överst stänger av det.",
				EN: "The pages fetch themselves anew, which may disturb reading. The link “Pause updates” at the top switches it off."},
			{SV: "Namn på vårdenheter, portar och givare visas som de är inlagda, på båda språken.",
				EN: "Names of sites, ports and sensors are shown as they were entered, in both languages."},
		},
	},
}

func (s *Server) accessibility(w http.ResponseWriter, req *http.Request) {
	r := s.reader(req)
	p := wordsPage{Frame: s.frameFor(req, r.t("accessibility"))}
	p.Frame.take(r)
	p.Frame.Refreshes = false
	for _, x := range statement {
		p.Parts = append(p.Parts, part{x.title.In(r.lang), in(x.text, r.lang), in(x.list, r.lang)})
	}
	p.Parts = append(p.Parts, part{
		Title: r.t("report"),
		Text:  []string{r.t("report_to") + " " + cmp.Or(s.o.Contact, r.t("report_desk")) + ".", r.t("report_digg")},
	})
	s.show(w, p.Frame, "words", p)
}

func in(texts []alarm.Text, lang alarm.Lang) []string {
	var all []string
	for _, x := range texts {
		all = append(all, x.In(lang))
	}
	return all
}
