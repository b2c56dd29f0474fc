package power_test

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat/power"
)

// How many accounts must be offered training to see that monthly tickets fall
// by half a ticket, when they vary by two?
func ExampleSize() {
	n, err := power.Size(power.Means{SD: 2}, 0.5, power.Goal{Level: 0.95, Power: 0.8})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f accounts in each arm\n", math.Ceil(n))
	// Output: 253 accounts in each arm
}

// What fall in a churn of 12 % would 400 accounts in each arm show?
func ExampleDetectable() {
	churn := power.Proportions{Control: 0.12, Fall: true}
	effect, err := power.Detectable(churn, 400, power.Goal{Level: 0.95, Power: 0.8})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("from 12 %% to %.1f %%\n", 100*(0.12+effect))
	// Output: from 12 % to 6.3 %
}

// A study ended with a standard error of 1.1 points of churn. A fall of two
// points would be worth having: how much more data is needed?
func ExampleNeeded() {
	times, err := power.Needed(1.1, 2, power.Goal{Level: 0.95, Power: 0.8})
	if err != nil {
		fmt.Println(err)
		return
	}
	const accounts = 600
	fmt.Printf("%.0f accounts, %.0f more\n", math.Ceil(accounts*times), math.Ceil(accounts*times)-accounts)
	// Output: 1425 accounts, 825 more
}

// Accounts are trained whole: 20 people each, who resemble one another.
func ExampleClusters() {
	goal := power.Goal{Level: 0.95, Power: 0.8}
	design := power.Clusters{SD: 10, ICC: 0.05, Size: 20, CV: 0.5}
	inflation, err := design.DesignEffect()
	if err != nil {
		fmt.Println(err)
		return
	}
	n, err := power.Size(design, 4, goal)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("design effect %.2f, %.0f accounts in each arm\n", inflation, math.Ceil(n))
	// Output: design effect 2.20, 12 accounts in each arm
}

// Churn of 3 % a month. Half the accounts start training over a year, and the
// study ends six months later. How many accounts show a hazard ratio of 0.7?
func ExampleAccrual() {
	events, err := power.Size(power.Events{}, math.Log(0.7), power.Goal{Level: 0.95, Power: 0.8})
	if err != nil {
		fmt.Println(err)
		return
	}
	plan := power.Accrual{ControlHazard: 0.03, LogRatio: math.Log(0.7), Months: 12, FollowUp: 6}
	accounts, err := plan.Subjects(events)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f churned accounts, out of %.0f\n", math.Ceil(events), math.Ceil(accounts))
	// Output: 247 churned accounts, out of 951
}

// Three months before and three after: what do the months before buy?
func ExamplePanel() {
	for _, d := range []struct {
		name     string
		analysis power.Analysis
	}{{"after only", power.After}, {"difference-in-differences", power.Change}, {"ANCOVA", power.Covariance}} {
		p := power.Panel{Analysis: d.analysis, SD: 3, Before: 3, After: 3, Correlation: 0.6}
		n, err := power.Size(p, 0.8, power.Goal{Level: 0.95, Power: 0.8})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%-26s %.0f accounts in each arm\n", d.name, math.Ceil(n))
	}
	// Output:
	// after only                 163 accounts in each arm
	// difference-in-differences  60 accounts in each arm
	// ANCOVA                     55 accounts in each arm
}
