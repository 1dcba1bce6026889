package reading

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind says what a Point measures. It fixes the unit of the integer Value and
// the Prometheus-style name and base unit on the wire. The numbers are internal
// to one process; only the name travels.
type Kind uint8

// Kinds. The comment gives the unit of Value.
const (
	None         Kind = iota // no kind: the device or object itself (Facts)
	Temperature              // 0.001 degree Celsius
	Humidity                 // relative humidity, 0.001 %
	DewPoint                 // 0.001 degree Celsius
	DoorOpen                 // 1 open, 0 closed
	LockLocked               // 1 locked, 0 unlocked
	TamperOpen               // 1 opened, 0 closed
	Leak                     // 1 water, 0 dry
	Smoke                    // 1 smoke, 0 clear
	MainsPresent             // 1 present, 0 lost
	CoolingAlarm             // 1 the cooling unit reports a fault, 0 not
	Bounces                  // contact bounces since start, counter

	DeviceUp      // 1 answers its management protocol, 0 silent, of a polled device
	DeviceUptime  // 0.01 s: sysUpTime
	DeviceRTT     // 1 us: round trip of one request
	IfOperStatus  // RFC 2863 ifOperStatus: 1 up .. 7 lowerLayerDown
	IfAdminStatus // RFC 2863 ifAdminStatus: 1 up, 2 down, 3 testing
	IfSpeed       // 1 bit/s
	IfInOctets    // 1 octet, counter
	IfOutOctets   // 1 octet, counter
	IfInPackets   // unicast packets, counter
	IfOutPackets  // unicast packets, counter
	IfInErrors    // counter
	IfOutErrors   // counter
	IfInDiscards  // counter
	IfOutDiscards // counter

	UPSSource       // RFC 1628 upsOutputSource: 1 other 2 none 3 normal 4 bypass 5 battery 6 booster 7 reducer
	UPSBattery      // RFC 1628 upsBatteryStatus: 1 unknown 2 normal 3 low 4 depleted
	UPSCharge       // 0.001 %
	UPSRuntime      // 1 s left on battery
	UPSLoad         // 0.001 %
	UPSInputVolts   // 0.001 V
	UPSOnBattery    // 1 s since on battery; 0 not on battery
	ProbeResult     // 0 no answer, 1 answered, 2 refused (alive, service down), 3 no route or carrier here
	ProbeRTT        // 1 us
	ProbeLoss       // 0.001 % of the last probes
	Carrier         // own interface: 1 carrier, 0 none
	ClockSynced     // 1 synchronised, 0 not
	Undervoltage    // 1 the supply is too low now, 0 not
	SoCTemperature  // 0.001 degree Celsius
	StorageFree     // octets free for data
	StorageWritable // 1 writable, 0 refused
	MemoryResident  // octets of the monitor's own resident memory
	OutboxDepth     // records waiting
	OutboxAge       // 1 s, age of the oldest waiting record

	// What devices measure of themselves, over SNMP. Of one device they are told
	// apart by the Point's Object.
	Voltage       // 0.001 V
	Current       // 0.001 A
	Power         // 0.001 W
	ApparentPower // 0.001 VA
	Energy        // 1 Wh, counter
	Frequency     // 0.001 Hz
	FanSpeed      // 1/min
	Level         // 0.001 % of what the Object names
	Remaining     // 1 s that the Object will last
	OpticalPower  // 0.001 dBm
	Airflow       // 0.001 m3/h
	Pressure      // 1 Pa
	Quantity      // a count of what the Object names

	// States of parts: see the words PartOK, PartWarning and PartCritical. Told by
	// the device, or by its own limits.
	FanState
	SupplyState // a power supply of the device
	HeatState   // a temperature inside the device
	BatteryState
	PoEState   // a supply for ports
	OpticState // of a port (Object is the ifName): the worst of its optics
	PartState  // any other part

	IfDuplex            // RFC 3635 dot3StatsDuplexStatus: 2 half, 3 full
	IfInBits            // bit/s between the last two polls
	IfOutBits           // bit/s between the last two polls
	IfErrorRate         // 0.001/s, errors of both directions between the last two polls
	Renumberings        // times that ports of the device got another ifIndex, counter
	IfUnknownNeighbours // neighbours of the port that the configuration does not know
	PoEPower            // 0.001 W that a supply delivers to ports
	PoEBudget           // 0.001 W that a supply can deliver
	TimeToHot           // 1 s until the probe will reach 35 °C as the temperature rises now
	ThrottledNow        // 1 the processor is slowed down now (heat or supply), 0 not
	StorageLife         // 0.001 % of the card's life that is used, as the card tells
	MemoryFree          // octets of memory that the machine has left
	UPSReplace          // 1 the battery is to be replaced, 0 not
	UPSOverload         // 1 overloaded, 0 not

	kinds // number of kinds; new kinds stand before it
)

// Values of ProbeResult.
const (
	ProbeNoAnswer = 0
	ProbeAnswered = 1
	ProbeRefused  = 2
	ProbeNoRoute  = 3
)

// Values of IfOperStatus and IfAdminStatus, RFC 2863.
const (
	IfUp   = 1
	IfDown = 2
)

// Values of the states of parts.
const (
	PartOK       = 0
	PartWarning  = 1
	PartCritical = 2
)

// Values of IfDuplex, RFC 3635.
const (
	DuplexHalf = 2
	DuplexFull = 3
)

// Values of UPSSource and UPSBattery, RFC 1628.
const (
	UPSSourceNormal  = 3
	UPSSourceBattery = 5
	UPSBatteryNormal = 2
	UPSBatteryLow    = 3
)

// kindInfo is one row of the table of kinds.
type kindInfo struct {
	name    string // Prometheus convention: base unit in the name, _total for counters
	unit    string // of the base unit, for people: "°C", "%", "s"
	exp     int    // Value x 10^exp = base unit
	show    int    // Value x 10^show = unit for people (0.001 % of a ratio is shown as %)
	counter bool
	local   bool     // shown where it is measured, not sent: it follows from what is
	words   []string // words[Value], for states
}

var (
	yesNo     = []string{"no", "yes"}
	openWords = []string{"closed", "open"}
	partWords = []string{"ok", "warning", "critical"}
)

var kindTable = [kinds]kindInfo{
	None:         {name: "info"},
	Temperature:  {name: "temperature_celsius", unit: "°C", exp: -3, show: -3},
	Humidity:     {name: "relative_humidity_ratio", unit: "%", exp: -5, show: -3},
	DewPoint:     {name: "dew_point_celsius", unit: "°C", exp: -3, show: -3},
	DoorOpen:     {name: "door_open", words: openWords},
	LockLocked:   {name: "lock_locked", words: []string{"unlocked", "locked"}},
	TamperOpen:   {name: "tamper_open", words: openWords},
	Leak:         {name: "leak_detected", words: []string{"dry", "water"}},
	Smoke:        {name: "smoke_detected", words: []string{"clear", "smoke"}},
	MainsPresent: {name: "mains_present", words: []string{"lost", "present"}},
	CoolingAlarm: {name: "cooling_alarm", words: yesNo},
	Bounces:      {name: "contact_bounces_total", counter: true},

	DeviceUp:      {name: "device_up", words: []string{"silent", "answers"}},
	DeviceUptime:  {name: "device_uptime_seconds", unit: "s", exp: -2, show: -2},
	DeviceRTT:     {name: "device_round_trip_seconds", unit: "ms", exp: -6, show: -3},
	IfOperStatus:  {name: "interface_oper_status", words: []string{"", "up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown"}},
	IfAdminStatus: {name: "interface_admin_status", words: []string{"", "up", "down", "testing"}},
	IfSpeed:       {name: "interface_speed_bits_per_second", unit: "bit/s"},
	IfInOctets:    {name: "interface_receive_bytes_total", unit: "B", counter: true},
	IfOutOctets:   {name: "interface_transmit_bytes_total", unit: "B", counter: true},
	IfInPackets:   {name: "interface_receive_packets_total", counter: true},
	IfOutPackets:  {name: "interface_transmit_packets_total", counter: true},
	IfInErrors:    {name: "interface_receive_errors_total", counter: true},
	IfOutErrors:   {name: "interface_transmit_errors_total", counter: true},
	IfInDiscards:  {name: "interface_receive_discards_total", counter: true},
	IfOutDiscards: {name: "interface_transmit_discards_total", counter: true},

	UPSSource:     {name: "ups_output_source", words: []string{"", "other", "none", "normal", "bypass", "battery", "booster", "reducer"}},
	UPSBattery:    {name: "ups_battery_status", words: []string{"", "unknown", "normal", "low", "depleted"}},
	UPSCharge:     {name: "ups_charge_ratio", unit: "%", exp: -5, show: -3},
	UPSRuntime:    {name: "ups_runtime_seconds", unit: "s"},
	UPSLoad:       {name: "ups_load_ratio", unit: "%", exp: -5, show: -3},
	UPSInputVolts: {name: "ups_input_volts", unit: "V", exp: -3, show: -3},
	UPSOnBattery:  {name: "ups_on_battery_seconds", unit: "s"},

	ProbeResult:     {name: "probe_result", words: []string{"no answer", "answers", "refused", "no route"}},
	ProbeRTT:        {name: "probe_round_trip_seconds", unit: "ms", exp: -6, show: -3},
	ProbeLoss:       {name: "probe_loss_ratio", unit: "%", exp: -5, show: -3},
	Carrier:         {name: "interface_carrier", words: []string{"none", "carrier"}},
	ClockSynced:     {name: "clock_synchronised", words: yesNo},
	Undervoltage:    {name: "supply_undervoltage", words: yesNo},
	SoCTemperature:  {name: "soc_temperature_celsius", unit: "°C", exp: -3, show: -3},
	StorageFree:     {name: "storage_free_bytes", unit: "B"},
	StorageWritable: {name: "storage_writable", words: yesNo},
	MemoryResident:  {name: "memory_resident_bytes", unit: "B"},
	OutboxDepth:     {name: "outbox_records"},
	OutboxAge:       {name: "outbox_age_seconds", unit: "s"},

	Voltage:       {name: "voltage_volts", unit: "V", exp: -3, show: -3},
	Current:       {name: "current_amperes", unit: "A", exp: -3, show: -3},
	Power:         {name: "power_watts", unit: "W", exp: -3, show: -3},
	ApparentPower: {name: "apparent_power_volt_amperes", unit: "VA", exp: -3, show: -3},
	Energy:        {name: "energy_watt_hours_total", unit: "Wh", counter: true},
	Frequency:     {name: "frequency_hertz", unit: "Hz", exp: -3, show: -3},
	FanSpeed:      {name: "fan_revolutions_per_minute", unit: "1/min"},
	Level:         {name: "level_ratio", unit: "%", exp: -5, show: -3},
	Remaining:     {name: "remaining_seconds", unit: "s"},
	OpticalPower:  {name: "optical_power_dbm", unit: "dBm", exp: -3, show: -3},
	Airflow:       {name: "airflow_cubic_metres_per_hour", unit: "m³/h", exp: -3, show: -3},
	Pressure:      {name: "pressure_pascals", unit: "Pa"},
	Quantity:      {name: "quantity"},

	FanState:     {name: "fan_state", words: partWords},
	SupplyState:  {name: "power_supply_state", words: partWords},
	HeatState:    {name: "heat_state", words: partWords},
	BatteryState: {name: "battery_state", words: partWords},
	PoEState:     {name: "poe_state", words: partWords},
	OpticState:   {name: "optic_state", words: partWords},
	PartState:    {name: "part_state", words: partWords},

	IfDuplex:            {name: "interface_duplex", words: []string{"", "unknown", "half", "full"}},
	IfInBits:            {name: "interface_receive_bits_per_second", unit: "bit/s", local: true},
	IfOutBits:           {name: "interface_transmit_bits_per_second", unit: "bit/s", local: true},
	IfErrorRate:         {name: "interface_errors_per_second", unit: "1/s", exp: -3, show: -3},
	Renumberings:        {name: "interface_renumberings_total", counter: true},
	IfUnknownNeighbours: {name: "interface_unknown_neighbours"},
	PoEPower:            {name: "poe_power_watts", unit: "W", exp: -3, show: -3},
	PoEBudget:           {name: "poe_budget_watts", unit: "W", exp: -3, show: -3},
	TimeToHot:           {name: "time_to_hot_seconds", unit: "s"},
	ThrottledNow:        {name: "processor_throttled", words: yesNo},
	StorageLife:         {name: "storage_life_used_ratio", unit: "%", exp: -5, show: -3},
	MemoryFree:          {name: "memory_free_bytes", unit: "B"},
	UPSReplace:          {name: "ups_battery_replace", words: yesNo},
	UPSOverload:         {name: "ups_overload", words: yesNo},
}

func (k Kind) info() kindInfo {
	if k < kinds {
		return kindTable[k]
	}
	return kindInfo{name: "kind_" + strconv.Itoa(int(k))}
}

// Name returns the wire name, in Prometheus convention.
func (k Kind) Name() string { return k.info().name }

// String returns Name.
func (k Kind) String() string { return k.Name() }

// Unit returns the unit that Show writes, "" for states and plain counts.
func (k Kind) Unit() string { return k.info().unit }

// Counter reports whether the value only grows between resets.
func (k Kind) Counter() bool { return k.info().counter }

// Local reports whether the value stays where it is measured: it follows from
// other readings, which are sent.
func (k Kind) Local() bool { return k.info().local }

// State reports whether the value is one of a set of words.
func (k Kind) State() bool { return k.info().words != nil }

// Word returns the English word of a state value, or the number where it has none.
func (k Kind) Word(v int64) string {
	if w := k.info().words; v >= 0 && v < int64(len(w)) && w[v] != "" {
		return w[v]
	}
	return strconv.FormatInt(v, 10)
}

// Kinds returns every kind but None, in order.
func Kinds() []Kind {
	all := make([]Kind, 0, int(kinds)-1)
	for k := None + 1; k < kinds; k++ {
		all = append(all, k)
	}
	return all
}

// KindByName is the inverse of Name; false for a name this version does not know.
func KindByName(name string) (Kind, bool) {
	for k := None; k < kinds; k++ {
		if kindTable[k].name == name {
			return k, true
		}
	}
	return None, false
}

// Append writes v in the Kind's base unit as an exact decimal: 21437 of
// Temperature is 21.437.
func (k Kind) Append(dst []byte, v int64) []byte { return appendDecimal(dst, v, k.info().exp) }

// Show writes v for a person, with its unit or word: "21.4 °C", "open".
func (k Kind) Show(v int64) string {
	i := k.info()
	if i.words != nil {
		return k.Word(v)
	}
	s := string(appendDecimal(nil, v, i.show))
	if dot := strings.IndexByte(s, '.'); dot >= 0 && len(s) > dot+2 {
		s = s[:dot+2]
	}
	if i.unit != "" {
		s += " " + i.unit
	}
	return s
}

// Parse is the inverse of Append. Digits finer than the Kind's unit are refused.
func (k Kind) Parse(s string) (int64, error) {
	exp := k.info().exp
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" {
		return 0, fmt.Errorf("%s: %q is not a decimal number", k, s)
	}
	if len(frac) > -exp {
		return 0, fmt.Errorf("%s: %q is finer than 1e%d", k, s, exp)
	}
	digits := whole + frac + strings.Repeat("0", -exp-len(frac))
	v, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %q is not a decimal number", k, s)
	}
	return v, nil
}

// appendDecimal writes v x 10^exp; exp is zero or negative.
func appendDecimal(dst []byte, v int64, exp int) []byte {
	if exp == 0 {
		return strconv.AppendInt(dst, v, 10)
	}
	digits := strconv.FormatUint(magnitude(v), 10)
	for len(digits) <= -exp {
		digits = "0" + digits
	}
	if v < 0 {
		dst = append(dst, '-')
	}
	cut := len(digits) + exp
	dst = append(dst, digits[:cut]...)
	if frac := strings.TrimRight(digits[cut:], "0"); frac != "" {
		dst = append(append(dst, '.'), frac...)
	}
	return dst
}

func magnitude(v int64) uint64 {
	if v < 0 {
		return -uint64(v)
	}
	return uint64(v)
}
