package web

import (
	"cmp"
	"fmt"
	"time"

	"rackvakt/uplink/alarm"
	"rackvakt/uplink/state"
)

// texts are the words of the pages. A key that is not here fails the page, so a
// test that shows every page shows every key.
var texts = map[string]alarm.Text{
	"skip":          {SV: "Hoppa till innehållet", EN: "Skip to content"},
	"shown_at":      {SV: "Läget", EN: "As of"},
	"settings":      {SV: "Inställningar", EN: "Settings"},
	"pause":         {SV: "Pausa uppdateringen", EN: "Pause updates"},
	"resume":        {SV: "Uppdatera av sig själv", EN: "Update by itself"},
	"deaf":          {SV: "Insamlaren kan själv inte höra nätskåpen just nu; deras läge är okänt", EN: "The collector itself cannot hear the closets now; their state is unknown"},
	"missing":       {SV: "Kunde inte läsas ur lagret", EN: "Could not be read from the store"},
	"footer":        {SV: "Tider är svensk tid. Det som inte är känt visas som okänt.", EN: "Times are Swedish time. What is not known is shown as unknown."},
	"start":         {SV: "Vårdenheter", EN: "Sites"},
	"sites":         {SV: "Vårdenheter", EN: "Sites"},
	"site":          {SV: "Vårdenhet", EN: "Site"},
	"state":         {SV: "Läge", EN: "State"},
	"contact":       {SV: "Kontakt", EN: "Contact"},
	"verdict":       {SV: "Orsak", EN: "Cause"},
	"owner":         {SV: "Åtgärdas av", EN: "To be handled by"},
	"open_cases":    {SV: "Öppna ärenden", EN: "Open cases"},
	"case":          {SV: "Ärende", EN: "Case"},
	"severity":      {SV: "Grad", EN: "Severity"},
	"what":          {SV: "Vad", EN: "What"},
	"since":         {SV: "Sedan", EN: "Since"},
	"until":         {SV: "Till", EN: "Until"},
	"acked":         {SV: "kvitterat", EN: "acknowledged"},
	"no_cases":      {SV: "Inga öppna ärenden", EN: "No open cases"},
	"no_sites":      {SV: "Inga vårdenheter är inlagda", EN: "No sites are configured"},
	"routine":       {SV: "Reservrutin", EN: "Reserve routine"},
	"closets":       {SV: "Nätskåp", EN: "Closets"},
	"closet":        {SV: "Nätskåp", EN: "Closet"},
	"remark":        {SV: "Anmärkning", EN: "Remark"},
	"alarms":        {SV: "Larm", EN: "Alarms"},
	"stands":        {SV: "kvarstår", EN: "stands"},
	"readings":      {SV: "Mätvärden", EN: "Readings"},
	"thing":         {SV: "Källa", EN: "Source"},
	"measure":       {SV: "Storhet", EN: "Quantity"},
	"value":         {SV: "Värde", EN: "Value"},
	"age":           {SV: "Ålder", EN: "Age"},
	"events":        {SV: "Händelser", EN: "Events"},
	"time":          {SV: "Tid", EN: "Time"},
	"gaps":          {SV: "Tider utan uppgifter", EN: "Times without data"},
	"lane":          {SV: "Slag", EN: "Kind"},
	"why":           {SV: "Varför", EN: "Why"},
	"from_start":    {SV: "från början", EN: "from the beginning"},
	"none":          {SV: "Inget", EN: "None"},
	"backlog":       {SV: "lämnar fortfarande äldre uppgifter", EN: "is still handing over older records"},
	"summary":       {SV: "%d vårdenheter, %d utan känt läge eller utan kontakt, %d öppna ärenden.", EN: "%d sites, %d of unknown state or without contact, %d open cases."},
	"heard":         {SV: "hörd för %s sedan", EN: "heard %s ago"},
	"not_heard":     {SV: "ingen kontakt sedan insamlaren startade", EN: "no contact since the collector started"},
	"no_contact":    {SV: "ingen kontakt sedan %s (%s)", EN: "no contact since %s (%s)"},
	"many_sites":    {SV: "%d vårdenheter", EN: "%d sites"},
	"not_found":     {SV: "Sidan finns inte", EN: "There is no such page"},
	"no_page":       {SV: "Adressen leder ingenstans. Vårdenheten kan ha tagits bort ur listan.", EN: "The address leads nowhere. The site may have been taken off the list."},
	"to_start":      {SV: "Till startsidan", EN: "To the start page"},
	"accessibility": {SV: "Tillgänglighet", EN: "Accessibility"},
	"report":        {SV: "Säg till om något inte går att använda", EN: "Tell us what cannot be used"},
	"report_to":     {SV: "Meddela", EN: "Write to or call"},
	"report_desk":   {SV: "regionens IT Servicedesk", EN: "the region's IT Servicedesk"},
	"report_digg":   {SV: "Är du inte nöjd med svaret kan du vända dig till Myndigheten för digital förvaltning (DIGG), som har tillsyn.", EN: "If the answer does not satisfy you, turn to the Swedish Agency for Digital Government (DIGG), which supervises the act."},
	"lane_a":        {SV: "larm och händelser", EN: "alarms and events"},
	"lane_m":        {SV: "mätvärden", EN: "readings"},
}

// statuses are what a closet may be.
var statuses = map[state.Status]alarm.Text{
	state.Online:  {SV: "Uppkopplad", EN: "Online"},
	state.Silent:  {SV: "Tyst", EN: "Silent"},
	state.Unknown: {SV: "Okänt", EN: "Unknown"},
	state.Stopped: {SV: "Stoppad", EN: "Stopped"},
}

// words name keys that come from elsewhere; an unknown one is shown as it is.
var words = map[string]alarm.Text{
	"collector_started": {SV: "inte hörd sedan insamlaren startade", EN: "not heard since the collector started"},
	"broker":            {SV: "ingen förbindelse med meddelandeförmedlaren", EN: "no connection with the broker"},
	"collector_deaf":    {SV: "insamlaren kunde inte lyssna", EN: "the collector could not listen"},
	"no_sign_of_life":   {SV: "inget livstecken, frågar", EN: "no sign of life, asking"},
	"stopped":           {SV: "stoppades med avsikt", EN: "stopped on purpose"},
	"reboot":            {SV: "startar om", EN: "restarting"},
	"battery_low":       {SV: "batteriet tog slut", EN: "the battery ran out"},
	"unclean_stop":      {SV: "stannade oväntat", EN: "stopped unexpectedly"},
	"first_start":       {SV: "första starten", EN: "first start"},
	"cap":               {SV: "lagringen var full", EN: "the storage was full"},
	"unreadable":        {SV: "gick inte att läsa", EN: "could not be read"},
	"memory":            {SV: "kortet tog inte emot, och minnet var fullt", EN: "the card refused, and the memory was full"},
	"lost":              {SV: "gick förlorat vid ett avbrott", EN: "lost at an interruption"},
	"store_restore":     {SV: "insamlarens lager är återställt från en kopia", EN: "the collector's store was restored from a copy"},
	"starting":          {SV: "insamlaren startar", EN: "the collector is starting"},
	"sigterm":           {SV: "stoppades av systemet", EN: "stopped by the system"},
	"hold_up_low":       {SV: "övervakningens eget batteri är snart slut", EN: "the monitor's own battery is nearly empty"},
	"interrupted":       {SV: "stoppades för hand", EN: "stopped by hand"},
	"agent_started":     {SV: "Övervakningen startade", EN: "The monitor started"},
	"agent_stopping":    {SV: "Övervakningen stoppas", EN: "The monitor is stopping"},
	"config_reloaded":   {SV: "Inställningarna lästes om", EN: "The settings were read again"},
	"renumbered":        {SV: "Portar fick nya nummer", EN: "Ports got new numbers"},
	"other_card":        {SV: "Ett annat minneskort än förut", EN: "Another memory card than before"},
	"unknown_value":     {SV: "okänt", EN: "unknown"},
	"stale":             {SV: "inaktuellt", EN: "stale"},
	"fault":             {SV: "felaktigt", EN: "faulty"},
}

// word returns the text of a key from elsewhere.
func word(key string, lang alarm.Lang) string {
	if t, ok := words[key]; ok {
		return t.In(lang)
	}
	return cmp.Or(alarm.HappeningText(key, lang), alarm.ReasonText(key, lang), key)
}

// text returns the text of one of the page's own keys.
func text(key string, lang alarm.Lang) (string, error) {
	t, ok := texts[key]
	if !ok {
		return "", fmt.Errorf("no text for %q", key)
	}
	return t.In(lang), nil
}

// age writes how long ago something was, in its two largest units.
func age(d time.Duration) string {
	d = max(d, 0)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d d %d h", d/(24*time.Hour), d/time.Hour%24)
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", d/time.Hour, d/time.Minute%60)
	case d >= time.Minute:
		return fmt.Sprintf("%d min %d s", d/time.Minute, d/time.Second%60)
	}
	return fmt.Sprintf("%d s", d/time.Second)
}
