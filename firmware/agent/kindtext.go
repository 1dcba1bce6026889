package agent

import (
	"strings"

	"rackvakt/sensors/reading"
	"rackvakt/uplink/alarm"
)

// kindTexts names the kinds that a snapshot lists among its readings. Ports,
// devices and targets are told in their own tables.
var kindTexts = map[reading.Kind]alarm.Text{
	reading.Temperature:     {SV: "temperatur", EN: "temperature"},
	reading.Humidity:        {SV: "luftfuktighet", EN: "humidity"},
	reading.DewPoint:        {SV: "daggpunkt", EN: "dew point"},
	reading.DoorOpen:        {SV: "dörr", EN: "door"},
	reading.LockLocked:      {SV: "lås", EN: "lock"},
	reading.TamperOpen:      {SV: "kåpa", EN: "cover"},
	reading.Leak:            {SV: "läckage", EN: "leak"},
	reading.Smoke:           {SV: "rök", EN: "smoke"},
	reading.MainsPresent:    {SV: "nätspänning", EN: "mains"},
	reading.CoolingAlarm:    {SV: "kyllarm", EN: "cooling alarm"},
	reading.Bounces:         {SV: "kontaktstudsar", EN: "contact bounces"},
	reading.DeviceUptime:    {SV: "igång sedan start", EN: "uptime"},
	reading.DeviceRTT:       {SV: "svarstid", EN: "round trip"},
	reading.UPSSource:       {SV: "matar från", EN: "output from"},
	reading.UPSBattery:      {SV: "batteri", EN: "battery"},
	reading.UPSCharge:       {SV: "laddning", EN: "charge"},
	reading.UPSRuntime:      {SV: "tid kvar", EN: "time left"},
	reading.UPSLoad:         {SV: "last", EN: "load"},
	reading.UPSInputVolts:   {SV: "inspänning", EN: "input"},
	reading.UPSOnBattery:    {SV: "på batteri i", EN: "on battery for"},
	reading.Carrier:         {SV: "nätverkskabel", EN: "network cable"},
	reading.ClockSynced:     {SV: "klockan synkroniserad", EN: "clock synchronised"},
	reading.Undervoltage:    {SV: "för låg matning", EN: "supply too low"},
	reading.SoCTemperature:  {SV: "processorns temperatur", EN: "processor temperature"},
	reading.StorageFree:     {SV: "ledig lagring", EN: "free storage"},
	reading.StorageWritable: {SV: "lagringen tar emot", EN: "storage takes data"},
	reading.MemoryResident:  {SV: "minne i bruk", EN: "memory in use"},
	reading.OutboxDepth:     {SV: "poster som väntar", EN: "records waiting"},
	reading.OutboxAge:       {SV: "äldsta väntande", EN: "oldest waiting"},
}

// kindText returns what a kind is called on screen; a kind without a name of its
// own is called as on the wire.
func kindText(name string, lang alarm.Lang) string {
	k, ok := reading.KindByName(name)
	if text := kindTexts[k]; ok && text != (alarm.Text{}) {
		return text.In(lang)
	}
	return name
}

// valueText writes a good value as the language does: state words translated,
// octets in MB, and in Swedish a decimal comma.
func (p *printer) valueText(r Reading) string {
	if mb, ok := strings.CutSuffix(r.Value, " B"); ok && len(mb) > 6 {
		return mb[:len(mb)-6] + " MB"
	}
	if _, ok := words[r.Value]; ok {
		return p.say(r.Value)
	}
	if p.view.Lang == alarm.Swedish && r.Value != "" && r.Value[0] <= '9' {
		return strings.Replace(r.Value, ".", ",", 1)
	}
	return r.Value
}
