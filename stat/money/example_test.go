package money_test

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/liftmark/liftmark/stat/money"
)

func ExampleNPV() {
	// 10,000 now; 4,000, 5,000 and 6,000 at the ends of three years; 10 % a year.
	npv, err := money.NPV(0.10, -10000, []float64{4000, 5000, 6000})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f\n", npv)
	// Output: 2276
}

func ExampleIRR() {
	rate, err := money.IRR([]float64{-10000, 4000, 5000, 6000})
	if err != nil {
		fmt.Println(err)
		return
	}
	years, _, err := money.Payback(-10000, []float64{4000, 5000, 6000})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f %% a year, paid back after %.2f years\n", 100*rate, years)
	// Output: 21.6 % a year, paid back after 2.17 years
}

func ExampleDraw() {
	// Accounts kept, worth of each, and what the training cost.
	kept := money.Normal{Mu: 12, Sigma: 5}
	worth, err := money.NewLogNormal(4000, 9000, 0.9)
	if err != nil {
		fmt.Println(err)
		return
	}
	cost, err := money.NewTriangular(30000, 40000, 65000)
	if err != nil {
		fmt.Println(err)
		return
	}
	const n = 10000
	k, w, c := money.Draw(kept, n, rand.NewPCG(1, 1)), money.Draw(worth, n, rand.NewPCG(1, 2)), money.Draw(cost, n, rand.NewPCG(1, 3))
	net, gains := make([]float64, n), 0
	for i := range net {
		net[i] = k[i]*w[i] - c[i]
		if net[i] > 0 {
			gains++
		}
	}
	slices.Sort(net)
	fmt.Printf("median %.0f, 90 %% range %.0f to %.0f, pays in %.0f of 100\n", net[n/2], net[n/20], net[n-n/20], 100*float64(gains)/n)
	// Output: median 25566, 90 % range -25202 to 96727, pays in 79 of 100
}

func ExampleTornado() {
	inputs := []money.Input{{Name: "accounts kept", Low: 4, Middle: 12, High: 20}, {Name: "worth of an account", Low: 4000, Middle: 6000, High: 9000}, {Name: "cost", Low: 35000, Middle: 44000, High: 57000}}
	net := func(v []float64) float64 { return v[0]*v[1] - v[2] }
	for _, b := range money.Tornado(inputs, net) {
		fmt.Printf("%s: %.0f to %.0f\n", b.Name, b.AtLow, b.AtHigh)
	}
	even, err := money.BreakEven(func(kept float64) float64 { return net([]float64{kept, 6000, 44000}) }, 0, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("breaks even at %.1f accounts kept\n", even)
	// Output:
	// accounts kept: -20000 to 76000
	// worth of an account: 4000 to 64000
	// cost: 37000 to 15000
	// breaks even at 7.3 accounts kept
}
