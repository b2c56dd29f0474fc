package picture_test

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/picture"
)

func everyMark() picture.Chart {
	months := []float64{-3, -2, -1, 0, 1, 2, 3}
	return picture.Chart{
		Title:    "Tickets fall by a third once an account has trained, and stay there for as long as we can see",
		Subtitle: "change in tickets per account and month beside accounts that had not trained by then, with 95 % intervals; 420 accounts",
		Alt:      "Points near zero before training and near minus 0.3 after it.",
		X:        picture.Scale{Title: "months since training started"},
		Y:        picture.Scale{Title: "change in tickets per account and month", Signed: true},
		Marks: []picture.Mark{
			picture.Zone{From: 0, To: 1, Label: "in course"},
			picture.Band{X: months, Low: []float64{-0.2, -0.15, -0.1, -0.3, -0.45, -0.5, -0.55}, High: []float64{0.2, 0.15, 0.1, 0, -0.1, -0.1, -0.1}, Tone: picture.Accent, Name: "all months together"},
			picture.HLine{At: 0, Label: "no change"},
			picture.VLine{At: -0.5, Label: "training starts"},
			picture.Line{X: months, Y: []float64{0, 0, 0, -0.1, -0.25, -0.3, -0.3}, Name: "truth", Tone: picture.Ink},
			picture.Line{X: months, Y: []float64{0.1, 0.1, 0, 0, 0, -0.1, -0.28}, Name: "naive", Tone: picture.Other},
			picture.Points{X: months, Y: []float64{0.02, -0.01, 0, -0.15, -0.22, -0.33, -0.28}, Low: []float64{-0.1, -0.1, -0.05, -0.25, -0.35, -0.43, -0.4}, High: []float64{0.1, 0.1, 0.05, -0.05, -0.1, -0.2, -0.15}, Name: "estimate", Tone: picture.Accent},
			picture.Bars{X: []float64{-3, 3}, Y: []float64{0.05, -0.05}, Width: 0.5, Tone: picture.Warn, Name: "bars"},
			picture.Note{X: 2, Y: 0.12, Text: "a <note>", Tone: picture.Warn, Anchor: "m"},
		},
	}
}

func TestEveryMarkIsWellFormedAndInsideTheFrame(t *testing.T) {
	svg := everyMark().SVG()
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			inside(t, e)
		}
	}
	for _, want := range []string{"no change", "training starts", "in course", "truth", "naive", "estimate", "all months together", "a &lt;note&gt;", "<desc>Points near zero"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the picture does not say %q", want)
		}
	}
	if name := os.Getenv("LIFTMARK_LOOK"); name != "" {
		if err := os.WriteFile(name, []byte(svg), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func inside(t *testing.T, e xml.StartElement) {
	t.Helper()
	for _, a := range e.Attr {
		v, err := strconv.ParseFloat(a.Value, 64)
		if err != nil || !slices.Contains([]string{"x", "x1", "x2", "cx", "y", "y1", "y2", "cy"}, a.Name.Local) {
			continue
		}
		if v < 0 || v > 720 {
			t.Errorf("%s %s=%s lies outside the picture", e.Name.Local, a.Name.Local, a.Value)
		}
	}
}

func TestCategoriesStandInOrder(t *testing.T) {
	svg := picture.Chart{
		Title: "T", Subtitle: "S", Alt: "A", X: picture.Scale{Percent: true},
		Y:     picture.Scale{Labels: []string{"first", "second"}},
		Marks: []picture.Mark{picture.Points{X: []float64{0.1, 0.2}, Y: []float64{0, 1}, Left: []float64{0, 0.1}, Right: []float64{0.2, 0.3}, Tone: picture.Other, Hollow: true}},
	}.SVG()
	if a, b := strings.Index(svg, "first"), strings.Index(svg, "second"); a < 0 || b < a {
		t.Errorf("the labels are out of order: %d, %d", a, b)
	}
	if !strings.Contains(svg, "30\u00a0%") {
		t.Error("a share is not written in per cent")
	}
}

func TestHistogramCountsEveryValueOnce(t *testing.T) {
	b := picture.Histogram([]float64{0, 1, 1, 2, 3, 4}, 4, picture.Accent)
	for i, want := range []float64{1, 2, 1, 2} { // [0,1) [1,2) [2,3) [3,4]
		if b.Y[i] != want {
			t.Errorf("bin %d at %v has %v values, want %v", i, b.X[i], b.Y[i], want)
		}
	}
}

func TestNoPictureWithoutWordsWithNaNOrOutsideItsScale(t *testing.T) {
	noAlt, nan := everyMark(), everyMark()
	noAlt.Alt = ""
	nan.Marks = []picture.Mark{picture.Line{X: []float64{1}, Y: []float64{math.NaN()}}}
	outside := everyMark()
	outside.Y.From, outside.Y.To = -0.1, 0.1
	for name, c := range map[string]picture.Chart{"no alt": noAlt, "NaN": nan, "outside": outside} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: drawn", name)
				}
			}()
			c.SVG()
		}()
	}
}
