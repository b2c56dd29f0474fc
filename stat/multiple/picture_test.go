package multiple_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/picture"
	"github.com/liftmark/liftmark/stat/multiple"
)

func TestPictureMultiple(t *testing.T) {
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1}
	var marks []picture.Mark
	rank := make([]float64, 10)
	for i := range rank {
		rank[i] = float64(i + 1)
	}
	for _, m := range []struct {
		name string
		p    func([]float64) ([]float64, error)
		tone picture.Tone
	}{{"Holm", multiple.Holm, picture.Other}, {"Benjamini–Hochberg", multiple.BenjaminiHochberg, picture.Accent}} {
		adjusted, err := m.p(p)
		if err != nil {
			t.Fatal(err)
		}
		marks = append(marks, picture.Line{X: rank[:9], Y: adjusted[:9], Name: m.name, Tone: m.tone})
	}
	marks = append(marks, picture.Points{X: rank[:9], Y: p[:9], Tone: picture.Warn, Name: "uncorrected"}, picture.HLine{At: 0.05, Label: "5 %"})
	evidence.Picture(t, "multiple_testing", picture.Chart{
		Title:    "Nine of fifteen tests look significant; corrected, three or four are",
		Subtitle: "the nine smallest of fifteen p-values (Benjamini and Hochberg, 1995), plain and adjusted",
		Alt:      "Points for plain p-values all lie below 5 per cent. The line of Benjamini–Hochberg crosses it after the fourth test, that of Holm after the third.",
		X:        picture.Scale{Title: "test, by p-value", From: 0, To: 10, Ticks: []float64{2, 4, 6, 8, 10}}, Y: picture.Scale{Title: "p-value", From: 0, To: 0.35},
		Marks: marks,
	})
}
