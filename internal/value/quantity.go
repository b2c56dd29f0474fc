package value

import (
	"fmt"

	"go.yaml.in/yaml/v4"

	"github.com/liftmark/liftmark/stat/money"
)

// Quantity is a number of a model file that may be uncertain: a plain number,
// or one of
//
//	{triangular: [low, mode, high]}
//	{lognormal: [p5, p95]}     # 90 % of draws between the two
//	{normal: [mean, sd]}
type Quantity struct {
	money.Dist
	Line int // in the model file, 0 if not read from one
}

// Known is a Quantity without uncertainty.
func Known(v float64) Quantity { return Quantity{Dist: money.Fixed(v)} }

// UnmarshalYAML reads the forms above; other keys and shapes are errors that
// name the line.
func (q *Quantity) UnmarshalYAML(node *yaml.Node) error {
	d, err := readDist(node)
	if err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	*q = Quantity{Dist: d, Line: node.Line}
	return nil
}

func readDist(node *yaml.Node) (money.Dist, error) {
	if node.Kind == yaml.ScalarNode {
		var v float64
		if err := node.Decode(&v); err != nil {
			return nil, fmt.Errorf("%q is not a number", node.Value)
		}
		return money.Fixed(v), nil
	}
	if node.Kind != yaml.MappingNode || len(node.Content) != 2 {
		return nil, fmt.Errorf("want a number or one of {triangular: [low, mode, high]}, {lognormal: [p5, p95]}, {normal: [mean, sd]}")
	}
	var p []float64
	name := node.Content[0].Value
	if err := node.Content[1].Decode(&p); err != nil {
		return nil, fmt.Errorf("%s: want a list of numbers", name)
	}
	return newDist(name, p)
}

func newDist(name string, p []float64) (money.Dist, error) {
	want, ok := map[string]int{"triangular": 3, "lognormal": 2, "normal": 2}[name]
	if !ok {
		return nil, fmt.Errorf("unknown distribution %q: use triangular, lognormal or normal", name)
	}
	if len(p) != want {
		return nil, fmt.Errorf("%s takes %d numbers, got %d", name, want, len(p))
	}
	switch name {
	case "triangular":
		return money.NewTriangular(p[0], p[1], p[2])
	case "lognormal":
		return money.NewLogNormal(p[0], p[1], 0.9)
	default:
		return money.NewNormal(p[0], p[1])
	}
}
