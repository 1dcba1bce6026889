//go:build !race

package record

// slow is how many times fewer worlds the quick forms of the model visit.
const slow = 1
