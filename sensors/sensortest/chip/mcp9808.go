package chip

// Registers of the MCP9808, DS25095A (2012) section 5.1.
const (
	mcpRFU = iota
	mcpConfig
	mcpUpper
	mcpLower
	mcpCritical
	mcpAmbient
	mcpMaker
	mcpDevice
	mcpResolution
)

// MCP9808 is Microchip's thermometer, DS25095A.
type MCP9808 struct {
	words
	sixteenths int // what it measures in 1/16 degree; guarded by words.mu
}

// NewMCP9808 returns one just switched on, at 0 degrees.
func NewMCP9808() *MCP9808 {
	m := &MCP9808{}
	m.reg = map[byte]uint16{mcpRFU: 0x001f, mcpMaker: 0x0054, mcpDevice: 0x0400, mcpResolution: 0x0003}
	m.write = map[byte]uint16{mcpConfig: 0x07df, mcpUpper: 0x1ffc, mcpLower: 0x1ffc, mcpCritical: 0x1ffc, mcpResolution: 0x0003}
	m.octets = map[byte]bool{mcpResolution: true}
	m.fresh = m.convert
	return m
}

// Set moves the temperature, in 0.001 degree; the chip knows 1/16.
func (m *MCP9808) Set(milli int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sixteenths = int(floor(milli*16+500, 1000))
}

// convert fills the ambient register: bits 15 to 13 tell critical, above upper,
// below lower (section 5.1.3). In shutdown (config bit 8) the last value stays.
func (m *MCP9808) convert(byte) {
	if m.reg[mcpConfig]&0x0100 != 0 {
		return
	}
	v := uint16(m.sixteenths) & 0x1fff
	if t := m.sixteenths; t >= signed13(m.reg[mcpCritical]) {
		v |= 0x8000
	}
	if m.sixteenths > signed13(m.reg[mcpUpper]) {
		v |= 0x4000
	}
	if m.sixteenths < signed13(m.reg[mcpLower]) {
		v |= 0x2000
	}
	m.reg[mcpAmbient] = v
}

// signed13 reads bits 12 to 0 as a number in two's complement.
func signed13(v uint16) int { return int(int16(v<<3)) >> 3 }
