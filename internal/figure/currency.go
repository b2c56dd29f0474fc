package figure

import "golang.org/x/text/currency"

// MinorDigits is how many decimals a currency's minor unit has: 2 for USD, 0
// for JPY, 3 for KWD (ISO 4217); 2 for a code that is none.
func MinorDigits(code string) int {
	unit, err := currency.ParseISO(code)
	if err != nil {
		return 2
	}
	digits, _ := currency.Standard.Rounding(unit)
	return digits
}
