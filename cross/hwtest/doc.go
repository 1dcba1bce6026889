// Command hwtest proves the drivers on the interfaces of a real kernel: it boots
// Debian's arm64 kernel in QEMU (no KVM) with an initramfs that holds the
// cross-compiled cases of cross/hwtest/guest and the shipped rackvakt, runs every
// case in a process of its own, and prints a table of cases, results and times.
//
//	go run ./cross/hwtest            all cases (root, or the packages installed)
//	go run ./cross/hwtest -short     what CI runs
//	go run ./cross/hwtest -run I2C   cases whose name matches
//	go run ./cross/hwtest -v         with everything that the guest prints
//
// The kernel comes from Debian's packages when first needed (fetch.sh) and stays
// below build/hwtest. A collector runs on this machine for the last cases; the guest
// reaches it through QEMU's user network, over TLS with certificates on both sides.
//
// What stands in for hardware in the guest: gpio-sim for lines; a USB adapter for
// I2C and one for 1-Wire, emulated over USB/IP (sensors/sensortest/usbip), with
// chips that answer by their datasheets (sensors/sensortest/chip).
//
// A new case is a Test function in cross/hwtest/guest; nothing else is to be told
// of it. t.Attr("measured", text) puts a text beside it in the table. A case that
// skips itself counts as failed, but for testing.Short() with -short.
//
// A new chip is a type with Write and Read in sensors/sensortest/chip, written
// from its datasheet and tested against the datasheet's examples; one of 16-bit
// registers embeds words and is a table. A row in onBus (guest/i2c_test.go) then has
// its driver read, follow, miss and refuse it over the real bus. A case of its own:
//
//	bus := newI2C(t)
//	sht := chip.NewSHT4x()
//	bus.Plug(0x44, sht)
//	rec := runProbe(t, probe(climate.SHT4x, bus.Name, 0x44))
//	sht.Set(23_400, 41_000)
//	rec.awaitNear(t, temperature, 23_400, 10)
//	bus.Break(0x44, chip.BadLast)
//	rec.await(t, temperature, "fault: crc mismatch")
//
// The same chips hang on a bus in memory, without a guest:
// sensortest.Hardware{Bus: bus.Tx}.
//
// A new module of the kernel is a word in modules (modules.go).
//
// It refuses to stand for a Pi: the chip's own GPIO, I2C and 1-Wire controllers
// are not there, and times under emulation are longer than on any Pi.
package main
