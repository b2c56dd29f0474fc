package picture

import (
	"fmt"
	"math"
	"strings"
)

// Line joins points, or holds each level until the next one if Step. Its Name
// is written at its end.
type Line struct {
	X, Y   []float64
	Name   string
	Tone   Tone
	Step   bool
	Dashed bool // tone Other is dashed anyway
}

func (l Line) values() (x, y []float64) {
	sameLength("line", l.X, l.Y)
	return l.X, l.Y
}

func (l Line) legend() (string, Tone, string) { return "", l.Tone, "" }

func (l Line) draw(p *plot) {
	class := "line " + string(l.Tone)
	if l.Dashed {
		class += " dashed"
	}
	p.Path(trace(p, l.X, l.Y, l.Step, 'M'), class)
}

// Band is the area between two bounds.
type Band struct {
	X, Low, High []float64
	Name         string
	Tone         Tone
	Step         bool
}

func (b Band) values() (x, y []float64) {
	sameLength("band", b.X, b.Low, b.High)
	return b.X, append(append([]float64{}, b.Low...), b.High...)
}

func (b Band) legend() (string, Tone, string) { return b.Name, b.Tone, "band" }

func (b Band) draw(p *plot) {
	n := len(b.X)
	x, low := make([]float64, n), make([]float64, n)
	for i := range n {
		x[i], low[i] = b.X[n-1-i], b.Low[n-1-i]
	}
	path := trace(p, b.X, b.High, b.Step, 'M')
	if b.Step { // going back, a level holds from the point on its left
		path += "V" + Px(p.y.At(low[0]))
		for i := 1; i < n; i++ {
			path += "V" + Px(p.y.At(low[i])) + "H" + Px(p.x.At(x[i]))
		}
	} else {
		path += trace(p, x, low, false, 'L')
	}
	p.Path(path+"Z", "band "+string(b.Tone))
}

// trace writes a path through points, starting with the given command.
func trace(p *plot, x, y []float64, step bool, start byte) string {
	var b strings.Builder
	for i := range x {
		switch {
		case i == 0:
			b.WriteString(string(start) + Pt(p.x.At(x[0]), p.y.At(y[0])))
		case step:
			b.WriteString("H" + Px(p.x.At(x[i])) + "V" + Px(p.y.At(y[i])))
		default:
			b.WriteString("L" + Pt(p.x.At(x[i]), p.y.At(y[i])))
		}
	}
	return b.String()
}

// Points are dots, with whiskers where bounds are given: Low and High along Y,
// Left and Right along X. Labels, if any, are written right of the dots.
type Points struct {
	X, Y        []float64
	Low, High   []float64
	Left, Right []float64
	Labels      []string
	Name        string // in the legend
	Tone        Tone
	Hollow      bool
	Small       bool // for clouds of many points
}

func (m Points) values() (x, y []float64) {
	sameLength("points", m.X, m.Y)
	x, y = append(x, m.X...), append(y, m.Y...)
	return append(append(x, m.Left...), m.Right...), append(append(y, m.Low...), m.High...)
}

func (m Points) legend() (string, Tone, string) {
	if m.Hollow {
		return m.Name, m.Tone, "hollow"
	}
	return m.Name, m.Tone, "dot"
}

func (m Points) draw(p *plot) {
	class, r := "dot ", 4.5
	if m.Hollow {
		class = "hollow "
	}
	if m.Small {
		class, r = "small "+class, 2.2
	}
	for i := range m.X {
		x, y := p.x.At(m.X[i]), p.y.At(m.Y[i])
		if m.Low != nil {
			p.Line(x, p.y.At(m.Low[i]), x, p.y.At(m.High[i]), "whisker "+string(m.Tone))
		}
		if m.Left != nil {
			p.Whisker(p.x.At(m.Left[i]), p.x.At(m.Right[i]), y, "whisker "+string(m.Tone))
		}
		p.Dot(x, y, r, class+string(m.Tone))
		if m.Labels != nil {
			p.Text(x+9, y+4.5, "halo", m.Labels[i])
		}
	}
}

// Bars stand on zero, centred at X. Width is in units of X; 0: 0.8.
type Bars struct {
	X, Y  []float64
	Width float64
	Name  string
	Tone  Tone
}

// Histogram counts values in equal bins from the least to the greatest.
func Histogram(values []float64, bins int, tone Tone) Bars {
	lo, hi := extent(values)
	b := Bars{X: make([]float64, bins), Y: make([]float64, bins), Width: (hi - lo) / float64(bins), Tone: tone}
	for i := range bins {
		b.X[i] = lo + (float64(i)+0.5)*b.Width
	}
	for _, v := range values {
		b.Y[min(bins-1, int((v-lo)/b.Width))]++
	}
	return b
}

func (b Bars) width() float64 {
	if b.Width == 0 {
		return 0.8
	}
	return b.Width
}

func (b Bars) values() (x, y []float64) {
	sameLength("bars", b.X, b.Y)
	for _, v := range b.X {
		x = append(x, v-b.width()/2, v+b.width()/2)
	}
	return x, append([]float64{0}, b.Y...)
}

func (b Bars) legend() (string, Tone, string) { return b.Name, b.Tone, "bar" }

func (b Bars) draw(p *plot) {
	for i, v := range b.X {
		p.Rect(p.x.At(v-b.width()/2)+0.5, p.y.At(0), p.x.At(v+b.width()/2)-0.5, p.y.At(b.Y[i]), "bar "+string(b.Tone))
	}
}

// VLine marks a place on the X scale, named at the top.
type VLine struct {
	At    float64
	Label string
}

func (l VLine) values() (x, y []float64)       { return []float64{l.At}, nil }
func (l VLine) legend() (string, Tone, string) { return "", Ink, "" }

func (l VLine) draw(p *plot) {
	x := p.x.At(l.At)
	p.Line(x, p.top-4, x, p.bottom, "moment")
	if x+8+TextWidth(l.Label, 13) > p.right {
		p.Text(x-6, p.top+8, "e halo", l.Label)
		return
	}
	p.Text(x+6, p.top+8, "halo", l.Label)
}

// HLine marks a level on the Y scale, named at its right end.
type HLine struct {
	At    float64
	Label string
}

func (l HLine) values() (x, y []float64)       { return nil, []float64{l.At} }
func (l HLine) legend() (string, Tone, string) { return "", Ink, "" }

func (l HLine) draw(p *plot) {
	y := p.y.At(l.At)
	p.Line(p.left, y, p.right, y, "moment")
	p.Text(p.right-4, y-6, "e halo", l.Label)
}

// Zone shades a stretch of the X scale, named at the top.
type Zone struct {
	From, To float64
	Label    string
}

func (z Zone) values() (x, y []float64)       { return []float64{z.From, z.To}, nil }
func (z Zone) legend() (string, Tone, string) { return "", Other, "" }

func (z Zone) draw(p *plot) {
	p.Rect(p.x.At(z.From), p.top, p.x.At(z.To), p.bottom, "zone")
	p.Text((p.x.At(z.From)+p.x.At(z.To))/2, p.top+14, "note m", z.Label)
}

// Note writes words at a point: Anchor "" starts there, "m" is centred on it,
// "e" ends there.
type Note struct {
	X, Y   float64
	Text   string
	Tone   Tone
	Anchor string
}

func (n Note) values() (x, y []float64)       { return []float64{n.X}, []float64{n.Y} }
func (n Note) legend() (string, Tone, string) { return "", n.Tone, "" }

func (n Note) draw(p *plot) {
	p.Text(p.x.At(n.X), p.y.At(n.Y), strings.TrimSpace("halo "+string(n.Tone)+" "+n.Anchor), n.Text)
}

func sameLength(what string, slices ...[]float64) {
	for _, s := range slices {
		if len(s) != len(slices[0]) || len(s) == 0 {
			panic(fmt.Sprintf("picture: %s of %d and %d values", what, len(slices[0]), len(s)))
		}
		for _, v := range s {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				panic(fmt.Sprintf("picture: %s has the value %v", what, v))
			}
		}
	}
}
