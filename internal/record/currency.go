package record

// MinorDigits is how many decimals the minor unit of an ISO 4217 currency has:
// 0 for JPY, 3 for KWD, 2 unless the standard says otherwise. Locale data (CLDR)
// round some currencies more coarsely than the standard; amounts do not.
func MinorDigits(currency string) int {
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
