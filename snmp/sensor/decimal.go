package sensor

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Decimal is Digits x 10^Exp, or nothing. Two that are equal are == when both
// were made by Dec or ParseDecimal. The zero value is absent.
type Decimal struct {
	Digits  int64
	Exp     int
	Present bool
}

// maxExp bounds exponents: yotta is 24, and yocto with nine decimal places -33.
const maxExp = 40

// Dec returns digits x 10^exp in its shortest form: no trailing zero in Digits.
// It is absent where exp is beyond 40 either way, which no MIB has.
func Dec(digits int64, exp int) Decimal {
	if exp < -maxExp || exp > maxExp {
		return Decimal{}
	}
	for digits != 0 && digits%10 == 0 {
		digits, exp = digits/10, exp+1
	}
	if digits == 0 {
		exp = 0
	}
	return Decimal{Digits: digits, Exp: exp, Present: true}
}

// ParseDecimal reads "21.625" or "-7"; nothing else, such as an exponent.
func ParseDecimal(s string) (Decimal, error) {
	whole, frac, point := strings.Cut(s, ".")
	exp := -len(frac)
	if !point && len(whole) > 1 {
		short := strings.TrimRight(whole[1:], "0")
		exp, whole = len(whole)-1-len(short), whole[:1]+short
	}
	digits, err := strconv.ParseInt(whole+frac, 10, 64)
	d := Dec(digits, exp)
	if err != nil || !d.Present || whole == "" || strings.ContainsAny(frac, "+-") {
		return Decimal{}, fmt.Errorf("%.40q is no decimal number of at most 18 digits", s)
	}
	return d, nil
}

// Times returns d x n, absent where that does not fit.
func (d Decimal) Times(n int64) Decimal {
	product := new(big.Int).Mul(big.NewInt(d.Digits), big.NewInt(n))
	if !d.Present || !product.IsInt64() {
		return Decimal{}
	}
	return Dec(product.Int64(), d.Exp)
}

// In returns d in units of 10^exp, rounded half away from zero: 21.625 In(-2)
// is 2163. False where d is absent or too large.
func (d Decimal) In(exp int) (int64, bool) {
	shift := d.Exp - exp
	if !d.Present || shift > 2*maxExp || shift < -2*maxExp {
		return 0, false
	}
	n := big.NewInt(d.Digits)
	if shift >= 0 {
		n.Mul(n, power(shift))
		return n.Int64(), n.IsInt64()
	}
	step := power(-shift)
	half := new(big.Int).Quo(step, big.NewInt(2))
	if d.Digits < 0 {
		half.Neg(half)
	}
	n.Add(n, half).Quo(n, step)
	return n.Int64(), n.IsInt64()
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// String writes d exactly, without exponent and trailing zeros; "" where absent.
func (d Decimal) String() string {
	if !d.Present {
		return ""
	}
	digits := strings.TrimPrefix(strconv.FormatInt(d.Digits, 10), "-")
	if d.Exp > 0 {
		digits += strings.Repeat("0", d.Exp)
	}
	if places := -d.Exp; places > 0 {
		digits = strings.Repeat("0", max(0, places+1-len(digits))) + digits
		cut := len(digits) - places
		digits = digits[:cut] + "." + digits[cut:]
	}
	if d.Digits < 0 {
		digits = "-" + digits
	}
	return digits
}

// MarshalJSON writes d as an exact number, or null.
func (d Decimal) MarshalJSON() ([]byte, error) {
	if !d.Present {
		return []byte("null"), nil
	}
	return []byte(d.String()), nil
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (d *Decimal) UnmarshalJSON(b []byte) (err error) {
	*d = Decimal{}
	if string(b) != "null" {
		*d, err = ParseDecimal(string(b))
	}
	return err
}
