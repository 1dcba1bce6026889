// Package month lives through a month of one closet in fake time: the drivers of
// sensors/contact and sensors/climate on doubles of their hardware, and the rules
// of uplink/alarm behind them. A 1-Wire probe has checksum errors, power-on values
// and spikes; a door bounces, glitches and rattles; a humidity sensor drifts and
// creeps. What is told is held against what was true: no alarm that was not, none
// missed, none left standing, and what is called certain is.
//
// Plain `go test` lives through three days; `make month` through thirty. The seed
// of each run is printed, and RACKVAKT_MONTH_SEED repeats it.
package month
