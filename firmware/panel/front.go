package panel

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"rackvakt/firmware/agent"
	"rackvakt/sensors/output"
	"rackvakt/uplink/alarm"
)

// repeat is how long leak, smoke and high heat can be silenced at most: they are
// never silenced for good.
const repeat = 10 * time.Minute

// Front is what the outputs of the closet's front have shown so far. The zero
// Front is that of a start.
type Front struct {
	// quiet tells until when the alarms of a case do not sound.
	quiet map[string]time.Time
	// told names what was found last; a change of it turns to its page.
	told string
	// page is shown since turned, which is zero before the first.
	page   int
	turned time.Time
}

// Next decides what is shown: s is the closet as it was heard last, nil if it
// does not answer; pressed says that the mute button was pressed since. Only
// differences of now count. f itself is left as it is.
func (f Front) Next(o *output.Options, s *agent.Snapshot, pressed bool, now time.Time) (output.Show, Front) {
	lang := alarm.Lang(o.Display.Lang)
	if s == nil {
		silent := output.Page{Title: frontTexts["state"].In(lang), Lines: output.Wrap(texts["nothing"].In(lang))}
		return output.Show{LED: output.Dark, Buzzer: output.Silent, Alarm: true, Page: silent}, f
	}
	f.quiet = f.hush(o.Mute.For, s.Alarms, pressed, now)
	show := output.Show{LED: light(s), Buzzer: f.sound(s.Alarms, now), Alarm: worst(s.Alarms) == alarm.Critical}
	pages, found := pagesOf(s, f.mutedFor(now), lang)
	f = f.turn(o.Display.PageEvery, names(s), len(pages), found, now)
	show.Page = pages[f.page]
	return show, f
}

// worst returns the highest severity of all.
func worst(alarms []agent.Alarm) alarm.Severity {
	top := alarm.Info
	for _, a := range alarms {
		top = max(top, a.Severity)
	}
	return top
}

// light puts what is critical before the lost region, and that before a warning.
func light(s *agent.Snapshot) output.Light {
	switch {
	case worst(s.Alarms) == alarm.Critical:
		return output.Fast
	case !inContact(s):
		return output.Double
	case worst(s.Alarms) == alarm.Warning:
		return output.Slow
	}
	return output.Steady
}

// inContact reports whether the region hears the closet over any path.
func inContact(s *agent.Snapshot) bool {
	return slices.ContainsFunc(s.Paths, func(p agent.Path) bool {
		deaf := slices.ContainsFunc(s.Lacks, func(l agent.Lack) bool { return l.What == "collector" && l.Object == p.Path })
		return p.Connected && !deaf
	})
}

// sounding names what a press silences together: the case of an alarm, since what
// joins it is the same fault; for one that is never silenced for good, itself.
func sounding(a agent.Alarm) (key string, urgent bool) {
	if alarm.NeverSilenced(a.Code, a.Severity) {
		return "urgent " + a.Occ, true
	}
	return "case " + cmp.Or(a.Joins, a.Occ), false
}

// hush returns what is quiet from now on: with a press all that is critical, and
// without one what was and is still open.
func (f Front) hush(long time.Duration, alarms []agent.Alarm, pressed bool, now time.Time) map[string]time.Time {
	quiet := map[string]time.Time{}
	for _, a := range alarms {
		key, urgent := sounding(a)
		until, was := f.quiet[key]
		switch {
		case a.Severity == alarm.Critical && pressed && urgent:
			quiet[key] = now.Add(min(long, repeat))
		case a.Severity == alarm.Critical && pressed:
			quiet[key] = now.Add(long)
		case was:
			quiet[key] = until
		}
	}
	return quiet
}

// sound returns what the critical alarms that are not quiet sound like.
func (f Front) sound(alarms []agent.Alarm, now time.Time) output.Sound {
	loudest := output.Silent
	for _, a := range alarms {
		key, urgent := sounding(a)
		if a.Severity != alarm.Critical || now.Before(f.quiet[key]) {
			continue
		}
		if urgent {
			return output.Urgent
		}
		loudest = output.Pulse
	}
	return loudest
}

// mutedFor returns how long something is still quiet, zero if nothing is.
func (f Front) mutedFor(now time.Time) time.Duration {
	var longest time.Duration
	for until := range maps.Values(f.quiet) {
		longest = max(longest, until.Sub(now))
	}
	return longest
}

// turn moves on to the page that is due: page found when what was found changed,
// else the next one after its time.
func (f Front) turn(every time.Duration, found string, pages, at int, now time.Time) Front {
	switch {
	case f.turned.IsZero():
		f.page, f.turned = 0, now
		if found != "" {
			f.page = at
		}
	case found != f.told && found != "":
		f.page, f.turned = at, now
	case now.Sub(f.turned) >= every:
		f.page, f.turned = f.page+1, now
	}
	f.told, f.page = found, f.page%pages
	return f
}

// names tells verdict and alarms apart from others; "" if there are none.
func names(s *agent.Snapshot) string {
	text := ""
	for _, c := range s.Verdict.Causes {
		text += string(c.Name) + " "
	}
	for _, a := range s.Alarms {
		text += fmt.Sprintf("%s/%d ", a.Occ, a.Severity)
	}
	return text
}
