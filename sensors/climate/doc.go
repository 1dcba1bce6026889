// Package climate reads temperature and humidity probes and distrusts them.
// Whatever fails is a named fault or an unknown, never a number. Each probe has its
// own goroutine, handle, deadline and pause, so a broken bus harms no other.
//
// # Drivers
//
//	driver   datasheet                            range °C      accuracy told with a reading       serial  tested by
//	sht4x    Sensirion SHT4x version 6.5          -40..125      0.4 °C 0..65, else 1.2; 3.6 % RH   0x89    both
//	sht3x    Sensirion SHT3x-DIS version 7        -40..125      0.4 °C 0..65, else 1.2; 4 % RH     0x3682  both
//	hdc302x  TI HDC302x SNAS778D                  -40..125      0.2 °C 0..65, else 0.8; 1..2 % RH  0x3683  both
//	bme280   Bosch BST-BME280-DS002 revision 1.6  -40..85       1.0 to 1.5 °C; 3 % RH              none    both
//	bmp280   Bosch BST-BMP280-DS001 rev. 1.26     -40..85       1.0 to 1.5 °C                      none    both
//	mcp9808  Microchip DS25095A                   -40..125      0.5 °C -20..100, else 1.0          none    both
//	tmp102   TI SBOS397H                          -55..128      2 °C -25..85, else 3               none    both
//	lm75     NXP LM75A Rev. 4                     -55..125      2 °C -25..100, else 3              none    both
//	ds18b20  Maxim 19-7487 Rev 6, by w1_therm     -55..125      0.5 °C -10..85, else 1 to 2        ROM     both
//	hwmon    Documentation/hwmon/sysfs-interface  by the chip   by the chip's name                 none    both
//
// Accuracies are the datasheet's maximum; where it gives that only as a figure
// (sht4x, sht3x, hdc302x) they are twice the typical value of the coarsest grade. A
// calibration takes their place until its due date. Tested by both: bytes and files
// played back in this package, and the real interfaces of the kernel in cross/hwtest.
//
// # Faults
//
//	crc mismatch                          sht4x, sht3x, hdc302x
//	no sensor or bad checksum             ds18b20: the kernel shows empty content
//	power-on value                        ds18b20 85.0 (unless 75 to 95 before); mcp9808,
//	                                      tmp102, lm75 0.0 (unless near before, or three
//	                                      times); bme280, bmp280 0x80000 and 0x8000
//	                                      (both, or one without its like before)
//	127.9 degrees: line held high         ds18b20
//	another chip answers at this address  mcp9808, hdc302x, bme280, bmp280 by identity;
//	                                      tmp102, lm75 by fixed bits of the configuration
//	no factory calibration in the chip    bme280, bmp280
//	chip has not measured                 bme280, bmp280
//	out of range, not a number            all
//	self-heating                          sht3x, hdc302x: the heater was found on
//	the kernel reports a broken sensor    hwmon: temp*_fault
//	stuck value                           all: the last digit rests for StuckAfter while
//	                                      another probe moves by 3 °C and 40 digits; of
//	                                      humidity: while the chip's own temperature moves
//	humidity creep                        sht4x, sht3x, hdc302x: damp for CreepAfter, and
//	                                      the humidity does not fall when the heater is on
//
// A single spike is swallowed by the median of three (the raw sample is logged at
// debug). Values are told, and the probe is flagged by a Fact of LabelProblem, with
// "spikes" (five in fifty samples), "humidity creep suspected" (no heater to test
// with; 3 % are added to the uncertainty), "heater without effect", "calibration
// overdue" (the uncertainty is at least the maker's) and "disagrees with ..." (which
// of the two is wrong is not known).
//
// Self-heating is kept away: every chip measures once when asked and sleeps, at
// most once a second, and after the heater nothing is told until the chip is cool.
//
// It refuses to judge limits (uplink/alarm) and to open devices itself
// (sensors/board).
package climate
