# Writes reference.json: meta-analysis and the eight schools from formulas, trees from rpart. Run in this folder.
library(rpart)
out <- list()
meta <- function(y, v) { k <- length(y); w <- 1 / v; Q <- sum(w * (y - sum(w * y) / sum(w))^2); C <- sum(w) - sum(w^2) / sum(w)
  dl <- max(0, (Q - (k - 1)) / C); s2 <- (k - 1) / C
  rl <- function(t2) { w <- 1 / (v + t2); m <- sum(w * y) / sum(w); -.5 * sum(log(v + t2)) - .5 * log(sum(w)) - .5 * sum(w * (y - m)^2) }
  sc <- function(t2) { w <- 1 / (v + t2); m <- sum(w * y) / sum(w); sum(w^2 * (y - m)^2) - sum(w) + sum(w^2) / sum(w) }
  o <- optimize(rl, c(0, 50 * var(y)), maximum = TRUE, tol = 1e-10)$maximum
  reml <- if (sc(0) <= 0 && o < 1e-4 * s2) 0 else uniroot(sc, c(o * .5, o * 2), tol = 1e-15)$root
  one <- function(t2) { w <- 1 / (v + t2); m <- sum(w * y) / sum(w); se <- 1 / sqrt(sum(w)); hk <- sqrt(sum(w * (y - m)^2) / (k - 1) / sum(w))
    list(tau2 = t2, mean = m, se = se, hk = hk, hk_low = m - qt(.975, k - 1) * hk, hk_high = m + qt(.975, k - 1) * hk, hk_p = 2 * pt(-abs(m / hk), k - 1),
      i2 = t2 / (t2 + s2), h2 = (t2 + s2) / s2, pi_low = m - qt(.975, k - 2) * sqrt(t2 + se^2), pi_high = m + qt(.975, k - 2) * sqrt(t2 + se^2)) }
  list(y = y, v = v, q = Q, q_p = pchisq(Q, k - 1, lower.tail = FALSE), dl = one(dl), reml = one(reml)) }
# BCG vaccine trials, Colditz et al. (1994), JAMA 271:698-702: tuberculosis in vaccinated and control groups
tp <- c(4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27); tn <- c(119, 300, 228, 13536, 5036, 1361, 2537, 87886, 7470, 1699, 50448, 2493, 16886)
cp <- c(11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29); cn <- c(128, 274, 209, 12619, 5761, 1079, 619, 87892, 7232, 1600, 27197, 2338, 17825)
out$bcg <- meta(log(tp / (tp + tn)) - log(cp / (cp + cn)), 1 / tp - 1 / (tp + tn) + 1 / cp - 1 / (cp + cn))
# eight schools, Rubin (1981)
y <- c(28, 8, -3, 7, -1, 1, 18, 12); s <- c(15, 10, 16, 11, 9, 11, 10, 18); out$schools <- meta(y, s^2)
lp <- function(t) sapply(t, function(t) { v <- s^2 + t^2; w <- 1 / v; m <- sum(w * y) / sum(w); -.5 * log(sum(w)) - .5 * sum(log(v)) - .5 * sum(w * (y - m)^2) })
mx <- lp(0); I <- function(f) { g <- function(u) { t <- 10 * u / (1 - u); f(t) * exp(lp(t) - mx) * 10 / (1 - u)^2 }
  sum(sapply(list(c(0, .2), c(.2, .4), c(.4, .6), c(.6, .8), c(.8, .9), c(.9, .99), c(.99, 1)), function(r) integrate(g, r[1], r[2], rel.tol = 1e-11, subdivisions = 2000)$value)) }
Z <- I(function(t) rep(1, length(t)))
mom <- function(i) { f <- function(t) sapply(t, function(t) { w <- 1 / (s^2 + t^2); m <- sum(w * y) / sum(w); V <- 1 / sum(w); B <- s[i]^2 / (s[i]^2 + t^2); c(y[i] + B * (m - y[i]), B * t^2 + B^2 * V) })
  mean <- I(function(t) f(t)[1, ]) / Z; sd <- sqrt(I(function(t) { q <- f(t); q[2, ] + (q[1, ] - mean)^2 }) / Z)
  cdf <- function(x) I(function(t) { q <- f(t); pnorm((x - q[1, ]) / sqrt(q[2, ])) }) / Z
  list(mean = mean, sd = sd, low = uniroot(function(x) cdf(x) - .025, mean + c(-6, 0) * sd, tol = 1e-10)$root, high = uniroot(function(x) cdf(x) - .975, mean + c(0, 6) * sd, tol = 1e-10)$root, positive = 1 - cdf(0)) }
out$posterior <- lapply(1:8, mom)
tq <- function(p) uniroot(function(t) integrate(function(x) exp(lp(x) - mx), 0, t, rel.tol = 1e-11)$value / Z - p, c(1e-6, 100), tol = 1e-12)$root
out$tau_interval <- c(tq(.025), tq(.975))
out$tau_mean <- I(function(t) t) / Z
# regression trees: rpart, anova, no pruning
tree <- function(f, d, depth, leaf) { m <- rpart(f, d, method = "anova", control = rpart.control(cp = 0, minsplit = 2 * leaf, minbucket = leaf, maxdepth = depth, xval = 0, maxsurrogate = 0, maxcompete = 0))
  list(leaves = sum(m$frame$var == "<leaf>"), fitted = unname(predict(m)), splits = if (is.null(m$splits)) numeric() else unname(m$splits[, "index"]), vars = as.character(m$frame$var)) }
out$trees <- list(cars = tree(mpg ~ disp + hp + wt + qsec, mtcars, 3, 4), air = { a <- na.omit(airquality); c(tree(Ozone ~ Solar.R + Wind + Temp, a, 4, 7), list(n = nrow(a))) },
  faithful = tree(eruptions ~ waiting, faithful, 5, 10))
a <- na.omit(airquality)
out$data <- list(cars = list(y = mtcars$mpg, x = as.matrix(mtcars[, c("disp", "hp", "wt", "qsec")])), air = list(y = a$Ozone, x = as.matrix(a[, c("Solar.R", "Wind", "Temp")])), faithful = list(y = faithful$eruptions, x = as.matrix(faithful[, "waiting", drop = FALSE])))
for (k in names(out$data)) out$data[[k]]$x <- unname(lapply(seq_len(nrow(out$data[[k]]$x)), function(i) as.list(unname(out$data[[k]]$x[i, ]))))
jsonlite::write_json(out, "reference.json", digits = NA, auto_unbox = TRUE)
