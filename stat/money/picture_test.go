package money_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/money"
)

func TestPictureMoneyPresentValue(t *testing.T) {
	flows := []float64{4000, 5000, 6000}
	var rates, values []float64
	for r := 0.0; r <= 0.351; r += 0.01 {
		v, err := money.NPV(r, -10000, flows)
		if err != nil {
			t.Fatal(err)
		}
		rates, values = append(rates, r), append(values, v)
	}
	irr, err := money.IRR(append([]float64{-10000}, flows...))
	if err != nil {
		t.Fatal(err)
	}
	at10, err := money.NPV(0.1, -10000, flows)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Picture(t, "money_present_value", picture.Chart{
		Title:    "The case is worth having as long as money costs less than 21.6 % a year",
		Subtitle: "net present value of 10,000 paid now for 4,000, 5,000 and 6,000 after one, two and three years",
		Alt:      "A falling curve of net present value against the yearly rate: 5,000 at zero, 2,276 at 10 %, and zero at 21.6 %, the internal rate of return.",
		X:        picture.Scale{Title: "rate a year", Percent: true, From: 0, To: 0.4}, Y: picture.Scale{Title: "net present value", Signed: true},
		Marks: []picture.Mark{
			picture.HLine{At: 0, Label: ""}, picture.Line{X: rates, Y: values, Tone: picture.Accent},
			picture.Points{X: []float64{0.1, irr}, Y: []float64{at10, 0}, Tone: picture.Accent, Labels: []string{"2,276 at 10 %", ""}},
			picture.Note{X: irr + 0.005, Y: 400, Text: "internal rate of return, 21.6 %"},
		},
	})
}

func TestPictureMoneySimulation(t *testing.T) {
	worth, err := money.NewLogNormal(4000, 9000, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	cost, err := money.NewTriangular(30000, 40000, 65000)
	if err != nil {
		t.Fatal(err)
	}
	const n = 10000
	k, w, c := money.Draw(money.Normal{Mu: 12, Sigma: 5}, n, rand.NewPCG(1, 1)), money.Draw(worth, n, rand.NewPCG(1, 2)), money.Draw(cost, n, rand.NewPCG(1, 3))
	net := make([]float64, n)
	for i := range net {
		net[i] = (k[i]*w[i] - c[i]) / 1000
	}
	slices.Sort(net)
	loss, gain := picture.Bars{Width: 10, Tone: picture.Warn, Name: "loses money"}, picture.Bars{Width: 10, Tone: picture.Accent, Name: "pays"}
	for low := -80.0; low < 180; low += 10 {
		from, _ := slices.BinarySearch(net, low)
		to, _ := slices.BinarySearch(net, low+10)
		b := &gain
		if low < 0 {
			b = &loss
		}
		b.X, b.Y = append(b.X, low+5), append(b.Y, float64(to-from)/n)
	}
	evidence.Picture(t, "money_simulation", picture.Chart{
		Title:    "The training pays in 79 of 100 cases; in the middle one it brings 26,000",
		Subtitle: "net value of 10,000 draws of accounts kept, worth of an account and cost; 90 % lie between −25,000 and 97,000",
		Alt:      "A skewed histogram of net values from minus eighty to plus one hundred and eighty thousand, highest near 20; the part below zero, a fifth, is marked as a loss.",
		X:        picture.Scale{Title: "net value, thousands", Signed: true, From: -80, To: 180, Ticks: []float64{-50, 0, 50, 100, 150}}, Y: picture.Scale{Title: "draws", Percent: true},
		Marks: []picture.Mark{loss, gain, picture.VLine{At: net[n/2], Label: "median"}},
	})
}
