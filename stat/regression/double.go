package regression

import "math"

// double is the unevaluated sum of two float64, about 32 significant digits.
//
// Source: Dekker (1971), Numer. Math. 18:224-242; Hida, Li and Bailey (2001),
// 15th IEEE Symposium on Computer Arithmetic, 155-162.
type double struct{ hi, lo float64 }

func twoSum(a, b float64) double {
	s := a + b
	t := s - a
	return double{s, (a - (s - t)) + (b - t)}
}

func fastTwoSum(a, b float64) double { // |a| ≥ |b|
	s := a + b
	return double{s, b - (s - a)}
}

func twoProduct(a, b float64) double {
	p := a * b
	return double{p, math.FMA(a, b, -p)}
}

func (a double) plus(b double) double {
	s, t := twoSum(a.hi, b.hi), twoSum(a.lo, b.lo)
	s = fastTwoSum(s.hi, s.lo+t.hi)
	return fastTwoSum(s.hi, s.lo+t.lo)
}

func (a double) minus(b double) double { return a.plus(double{-b.hi, -b.lo}) }

func (a double) times(b double) double {
	p := twoProduct(a.hi, b.hi)
	return fastTwoSum(p.hi, p.lo+(a.hi*b.lo+a.lo*b.hi))
}

// over divides by long division with three float64 quotients.
func (a double) over(b double) double {
	q1 := a.hi / b.hi
	r := a.minus(b.times(double{q1, 0}))
	q2 := r.hi / b.hi
	r = r.minus(b.times(double{q2, 0}))
	return fastTwoSum(q1, q2).plus(double{r.hi / b.hi, 0})
}

// root is the square root of a ≥ 0, by one Newton step from the float64 root.
func (a double) root() double {
	if a.hi <= 0 {
		return double{}
	}
	x := math.Sqrt(a.hi)
	return double{x, 0}.plus(a.minus(twoProduct(x, x)).over(double{2 * x, 0}))
}

func (a double) value() float64 { return a.hi + a.lo }
