package value

import (
	"fmt"
	"math"
	"strings"
)

// minorDigits gives the decimals of an ISO 4217 currency: 2 unless the
// standard says otherwise.
func minorDigits(currency string) int {
	switch currency {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	case "CLF", "UYW":
		return 4
	}
	return 2
}

// validCurrency says whether code has the form of ISO 4217.
func validCurrency(code string) bool {
	if len(code) != 3 {
		return false
	}
	for _, c := range code {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// FormatMoney writes minor units of currency as whole major units with
// thousands separated and the code before: "EUR 30,000", "EUR −1,200".
func FormatMoney(minor int64, currency string) string {
	major := math.Round(float64(minor)/math.Pow10(minorDigits(currency))) + 0 // no negative zero
	sign := ""
	if major < 0 {
		sign, major = "−", -major
	}
	return currency + " " + sign + group(fmt.Sprintf("%.0f", major))
}

// group puts a comma between every three digits from the right.
func group(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// FormatRatio writes an ROI or a benefit–cost ratio with two decimals: "1.73".
func FormatRatio(x float64) string {
	return strings.Replace(fmt.Sprintf("%.2f", x), "-", "−", 1)
}

// FormatPercent writes a ratio in per cent without decimals: "173 %".
func FormatPercent(x float64) string {
	return strings.Replace(fmt.Sprintf("%.0f %%", 100*x), "-", "−", 1)
}
