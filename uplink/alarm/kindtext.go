package alarm

import (
	"strings"

	"rackvakt/sensors/reading"
)

// kindTexts names every kind of value for people.
var kindTexts = map[reading.Kind]Text{
	reading.Temperature:         {SV: "temperatur", EN: "temperature"},
	reading.Humidity:            {SV: "luftfuktighet", EN: "humidity"},
	reading.DewPoint:            {SV: "daggpunkt", EN: "dew point"},
	reading.DoorOpen:            {SV: "dörr", EN: "door"},
	reading.LockLocked:          {SV: "lås", EN: "lock"},
	reading.TamperOpen:          {SV: "kåpa", EN: "cover"},
	reading.Leak:                {SV: "läckage", EN: "leak"},
	reading.Smoke:               {SV: "rök", EN: "smoke"},
	reading.MainsPresent:        {SV: "nätspänning", EN: "mains"},
	reading.CoolingAlarm:        {SV: "kyllarm", EN: "cooling alarm"},
	reading.Bounces:             {SV: "kontaktstudsar", EN: "contact bounces"},
	reading.DeviceUp:            {SV: "enheten", EN: "device"},
	reading.DeviceUptime:        {SV: "igång sedan start", EN: "uptime"},
	reading.DeviceRTT:           {SV: "svarstid", EN: "round trip"},
	reading.IfOperStatus:        {SV: "port", EN: "port"},
	reading.IfAdminStatus:       {SV: "port enligt inställning", EN: "port as configured"},
	reading.IfSpeed:             {SV: "hastighet", EN: "speed"},
	reading.IfInOctets:          {SV: "mottaget", EN: "received"},
	reading.IfOutOctets:         {SV: "sänt", EN: "sent"},
	reading.IfInPackets:         {SV: "mottagna paket", EN: "packets received"},
	reading.IfOutPackets:        {SV: "sända paket", EN: "packets sent"},
	reading.IfInErrors:          {SV: "fel vid mottagning", EN: "receive errors"},
	reading.IfOutErrors:         {SV: "fel vid sändning", EN: "send errors"},
	reading.IfInDiscards:        {SV: "kastade vid mottagning", EN: "discarded on receipt"},
	reading.IfOutDiscards:       {SV: "kastade vid sändning", EN: "discarded on sending"},
	reading.UPSSource:           {SV: "matar från", EN: "output from"},
	reading.UPSBattery:          {SV: "batteri", EN: "battery"},
	reading.UPSCharge:           {SV: "laddning", EN: "charge"},
	reading.UPSRuntime:          {SV: "tid kvar", EN: "time left"},
	reading.UPSLoad:             {SV: "last", EN: "load"},
	reading.UPSInputVolts:       {SV: "inspänning", EN: "input"},
	reading.UPSOnBattery:        {SV: "på batteri i", EN: "on battery for"},
	reading.ProbeResult:         {SV: "svar", EN: "answer"},
	reading.ProbeRTT:            {SV: "svarstid", EN: "round trip"},
	reading.ProbeLoss:           {SV: "uteblivna svar", EN: "answers missing"},
	reading.Carrier:             {SV: "nätverkskabel", EN: "network cable"},
	reading.ClockSynced:         {SV: "klockan synkroniserad", EN: "clock synchronised"},
	reading.Undervoltage:        {SV: "för låg matning", EN: "supply too low"},
	reading.SoCTemperature:      {SV: "processorns temperatur", EN: "processor temperature"},
	reading.StorageFree:         {SV: "ledig lagring", EN: "free storage"},
	reading.StorageWritable:     {SV: "lagringen tar emot", EN: "storage takes data"},
	reading.MemoryResident:      {SV: "minne i bruk", EN: "memory in use"},
	reading.OutboxDepth:         {SV: "poster som väntar", EN: "records waiting"},
	reading.OutboxAge:           {SV: "äldsta väntande", EN: "oldest waiting"},
	reading.Voltage:             {SV: "spänning", EN: "voltage"},
	reading.Current:             {SV: "ström", EN: "current"},
	reading.Power:               {SV: "effekt", EN: "power"},
	reading.ApparentPower:       {SV: "skenbar effekt", EN: "apparent power"},
	reading.Energy:              {SV: "energi", EN: "energy"},
	reading.Frequency:           {SV: "frekvens", EN: "frequency"},
	reading.FanSpeed:            {SV: "fläktvarvtal", EN: "fan speed"},
	reading.Level:               {SV: "nivå", EN: "level"},
	reading.Remaining:           {SV: "räcker", EN: "lasts"},
	reading.OpticalPower:        {SV: "optisk effekt", EN: "optical power"},
	reading.Airflow:             {SV: "luftflöde", EN: "airflow"},
	reading.Pressure:            {SV: "tryck", EN: "pressure"},
	reading.Quantity:            {SV: "antal", EN: "count"},
	reading.FanState:            {SV: "fläkt", EN: "fan"},
	reading.SupplyState:         {SV: "nätaggregat", EN: "power supply"},
	reading.HeatState:           {SV: "värme i enheten", EN: "heat in the device"},
	reading.BatteryState:        {SV: "batteriets tillstånd", EN: "battery state"},
	reading.PoEState:            {SV: "ström till portar", EN: "power to ports"},
	reading.OpticState:          {SV: "optik", EN: "optics"},
	reading.PartState:           {SV: "del", EN: "part"},
	reading.IfDuplex:            {SV: "duplex", EN: "duplex"},
	reading.IfInBits:            {SV: "mottar", EN: "receives"},
	reading.IfOutBits:           {SV: "sänder", EN: "sends"},
	reading.IfErrorRate:         {SV: "fel per sekund", EN: "errors a second"},
	reading.Renumberings:        {SV: "omnumreringar", EN: "renumberings"},
	reading.IfUnknownNeighbours: {SV: "okända grannar", EN: "unknown neighbours"},
	reading.PoEPower:            {SV: "ström till portar, effekt", EN: "power to ports, delivered"},
	reading.PoEBudget:           {SV: "ström till portar, ryms", EN: "power to ports, budget"},
	reading.TimeToHot:           {SV: "tid till 35 °C", EN: "time till 35 °C"},
	reading.ThrottledNow:        {SV: "processorn bromsas", EN: "processor slowed down"},
	reading.StorageLife:         {SV: "förbrukat av kortets livslängd", EN: "used of the card's life"},
	reading.MemoryFree:          {SV: "ledigt minne", EN: "free memory"},
	reading.UPSReplace:          {SV: "batteribyte behövs", EN: "battery to be replaced"},
	reading.UPSOverload:         {SV: "överlast", EN: "overload"},
}

// stateTexts are the words of the kinds that are states.
var stateTexts = map[string]Text{
	"open": {SV: "öppen", EN: "open"}, "closed": {SV: "stängd", EN: "closed"},
	"locked": {SV: "låst", EN: "locked"}, "unlocked": {SV: "olåst", EN: "unlocked"},
	"dry": {SV: "torrt", EN: "dry"}, "water": {SV: "vatten", EN: "water"},
	"clear": {SV: "ingen rök", EN: "clear"}, "smoke": {SV: "rök", EN: "smoke"},
	"present": {SV: "finns", EN: "present"}, "lost": {SV: "borta", EN: "lost"},
	"yes": {SV: "ja", EN: "yes"}, "no": {SV: "nej", EN: "no"},
	"answers": {SV: "svarar", EN: "answers"}, "silent": {SV: "tyst", EN: "silent"},
	"refused": {SV: "avvisar", EN: "refuses"}, "no answer": {SV: "inget svar", EN: "no answer"},
	"no route": {SV: "ingen väg härifrån", EN: "no way out from here"},
	"up":       {SV: "uppe", EN: "up"}, "down": {SV: "nere", EN: "down"}, "testing": {SV: "provas", EN: "testing"},
	"unknown": {SV: "okänt", EN: "unknown"}, "dormant": {SV: "vilande", EN: "dormant"},
	"notPresent": {SV: "finns inte", EN: "not present"}, "lowerLayerDown": {SV: "nere (underlag)", EN: "down (lower layer)"},
	"carrier": {SV: "länk", EN: "carrier"}, "none": {SV: "ingen", EN: "none"},
	"other": {SV: "annat", EN: "other"}, "normal": {SV: "normal", EN: "normal"}, "bypass": {SV: "förbikoppling", EN: "bypass"},
	"battery": {SV: "batteri", EN: "battery"}, "booster": {SV: "spänningshöjning", EN: "booster"}, "reducer": {SV: "spänningssänkning", EN: "reducer"},
	"ok": {SV: "bra", EN: "ok"}, "warning": {SV: "varning", EN: "warning"}, "critical": {SV: "allvarligt", EN: "critical"},
	"half": {SV: "halv", EN: "half"}, "full": {SV: "hel", EN: "full"},
	"low": {SV: "låg", EN: "low"}, "depleted": {SV: "urladdat", EN: "depleted"},
}

// KindText returns what a kind is called on screen, by its name on the wire; one
// that is not known here stays as it is.
func KindText(name string, lang Lang) string {
	k, ok := reading.KindByName(name)
	if text := kindTexts[k]; ok && text != (Text{}) {
		return text.In(lang)
	}
	return name
}

// StateText returns the word of a state in the reader's language; one that is not
// known here stays as it is.
func StateText(word string, lang Lang) string {
	if t, ok := stateTexts[word]; ok {
		return t.In(lang)
	}
	return word
}

// ValueText writes a good value, as its Kind shows it, the way the language does:
// states in words, octets in MB, and in Swedish a decimal comma.
func ValueText(value string, lang Lang) string {
	if mb, ok := strings.CutSuffix(value, " B"); ok && len(mb) > 6 {
		return mb[:len(mb)-6] + " MB"
	}
	if lang == Swedish && value != "" && value[0] <= '9' {
		return strings.Replace(value, ".", ",", 1)
	}
	return StateText(value, lang)
}
