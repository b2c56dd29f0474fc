# Writes reference.json. R's own data sets and functions only; run in this folder.
set.seed(1)
out <- list()
# Rosenbaum bounds, exact: distribution of the signed-rank sum by convolution.
d <- with(datasets::sleep, extra[group == 2] - extra[group == 1])
tails <- function(d, G) {
  q <- rank(abs(d)); k <- d != 0; t2 <- sum(2 * q[k & d > 0]); p <- G / (1 + G); m <- 1
  for (r in 2 * q[k]) m <- c(m * (1 - p), rep(0, r)) + c(rep(0, r), m * p)
  sum(m[(t2 + 1):length(m)])
}
x <- round(rnorm(25, 1, 2), 3)
out$pairs <- x
out$exact <- lapply(c(1, 1.5, 2, 3), function(G) list(gamma = G, p = tails(x, G)))
out$psignrank <- psignrank(sum(rank(abs(x))[x > 0]) - 1, 25, lower.tail = FALSE)
w <- wilcox.test(x, conf.int = TRUE, exact = TRUE)
out$wilcox <- list(estimate = unname(w$estimate), low = w$conf.int[1], high = w$conf.int[2])
W <- sort(outer(x, x, "+")[lower.tri(diag(25), TRUE)] / 2); M <- length(W)
# Hodges-Lehmann bounds at Gamma: the shift at which T equals its expectation, by brute force
hl <- function(share) { m <- share * M; T <- function(tau) sum(W > tau)
  c1 <- min(W[sapply(W, function(w) T(w) < m)]); up <- W[sapply(W, function(w) T(w - 1e-9) > m)]; (c1 + max(up)) / 2 }
out$hl <- lapply(c(1, 1.5, 2, 3), function(G) list(gamma = G, low = hl(G / (1 + G)), high = hl(1 / (1 + G))))
# confidence limits at Gamma by brute force over shifts between pairwise means
pmass <- function(n, p) { m <- 1; for (r in 1:n) m <- c(m * (1 - p), rep(0, r)) + c(rep(0, r), m * p); rev(cumsum(rev(m))) }
ci <- function(G) { tl <- pmass(25, G / (1 + G)); ok <- function(k) tl[k + 1] > .025
  lowk <- W[sapply(W, function(w) ok(sum(W > w)))]; highk <- W[sapply(W, function(w) ok(sum(W < w)))]; c(min(lowk), max(highk)) }
out$interval <- lapply(c(1, 1.5, 2, 3), function(G) { v <- ci(G); list(gamma = G, low = v[1], high = v[2]) })
# Robustness values: stackloss, stack.loss ~ Air.Flow + Water.Temp + Acid.Conc.
f <- lm(stack.loss ~ ., stackloss); s <- summary(f)$coef; df <- f$df.residual
t <- s["Air.Flow", 3]; fl <- abs(t) / sqrt(df)
rv <- function(f) (sqrt(f^4 + 4 * f^2) - f^2) / 2
fc <- qt(.975, df - 1) / sqrt(df - 1)
r2 <- function(a, b) 1 - deviance(a) / deviance(b)
ryx <- r2(f, lm(stack.loss ~ Air.Flow + Acid.Conc., stackloss))
rdx <- r2(lm(Air.Flow ~ Water.Temp + Acid.Conc., stackloss), lm(Air.Flow ~ Acid.Conc., stackloss))
out$stackloss <- list(value = s["Air.Flow", 1], se = s["Air.Flow", 2], df = df,
  partial_r2 = r2(f, lm(stack.loss ~ Water.Temp + Acid.Conc., stackloss)),
  rv = rv(fl), rv_half = rv(fl / 2), benchmark_d = rdx, benchmark_y = ryx,
  t_water = s["Water.Temp", 3])
# a weak treatment, so that RV at alpha is in its first branch: mtcars
g <- lm(mpg ~ am + hp + wt, mtcars); s <- summary(g)$coef; df <- g$df.residual
h <- lm(mpg ~ wt + hp + qsec, mtcars); sh <- summary(h)$coef
fw <- abs(sh["wt", 3]) / sqrt(h$df.residual); fcw <- qt(.975, h$df.residual - 1) / sqrt(h$df.residual - 1)
out$mtcars <- list(value = sh["wt", 1], se = sh["wt", 2], df = h$df.residual, rv = rv(fw), rv_alpha = rv(fw - fcw),
  f_crit_product = fw * fcw, weak_value = s["am", 1], weak_se = s["am", 2], weak_df = df)
# the identity behind it: omit qsec, then adjust for its true strength
o <- lm(mpg ~ wt + hp, mtcars); so <- summary(o)$coef
out$omitted <- list(value = so["wt", 1], se = so["wt", 2], df = o$df.residual,
  r2_d = r2(lm(wt ~ hp + qsec, mtcars), lm(wt ~ hp, mtcars)), r2_y = r2(h, o), full_value = sh["wt", 1], full_se = sh["wt", 2])
# minimal equal strength that ends significance, by brute force over both strengths (strong effect: second branch)
bias_t <- function(v, se, df, rd, ry) (abs(v) - se * sqrt(df) * sqrt(ry * rd / (1 - rd))) / (se * sqrt((1 - ry) / (1 - rd)) * sqrt(df / (df - 1)))
brute <- function(v, se, df, alpha) { tc <- qt(1 - alpha / 2, df - 1)
  worst <- function(r) optimize(function(ry) bias_t(v, se, df, r, ry), c(0, r), tol = 1e-14)$objective
  w2 <- function(r) min(worst(r), bias_t(v, se, df, r, r), bias_t(v, se, df, r, 0))
  uniroot(function(r) w2(r) - tc, c(1e-9, 1 - 1e-9), tol = 1e-14)$root }
out$brute <- list(weak = list(value = 0.5, se = 0.1, df = 50, rv = brute(.5, .1, 50, .05)),
  strong = list(value = 3, se = 0.1, df = 8, rv = brute(3, .1, 8, .05)))
jsonlite::write_json(out, "reference.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
