/* neon.h: NEON of AArch64 and ARMv7: 4 lanes. Names as in simd.h. */
#ifndef TIN_SIMD_NEON_H
#define TIN_SIMD_NEON_H

#include "one.h"

#include <arm_neon.h>
#define TIN_LANES 4
typedef float32x4_t vf;
typedef int32x4_t vi;
typedef uint32x4_t vm;
#if defined(__aarch64__)
#define TIN_FMA_BY_LANE 4
typedef float32x4_t vl;
TIN_INLINE vl vl_load(const float *p) { return vld1q_f32(p); }
TIN_INLINE void vf_settle(vf *a) { (void)a; }
#else
#define TIN_FMA_BY_LANE 2
typedef float32x2_t vl;
TIN_INLINE vl vl_load(const float *p) { return vld1_f32(p); }
/* clang puts sums off until the weights that they wait for fill all 16 registers, and spills. */
TIN_INLINE void vf_settle(vf *a) { __asm__ volatile("" : "+w"(*a)); }
#endif

TIN_INLINE vf vf_zero(void) { return vdupq_n_f32(0.0f); }
TIN_INLINE vf vf_set1(float s) { return vdupq_n_f32(s); }
TIN_INLINE vf vf_load(const float *p) { return vld1q_f32(p); }
TIN_INLINE void vf_store(float *p, vf v) { vst1q_f32(p, v); }
TIN_INLINE vf vf_load_n(const float *p, int n)
{
    vf v = vdupq_n_f32(0.0f);
    if (n >= 4) return vld1q_f32(p);
    if (n > 0) v = vld1q_lane_f32(p, v, 0);
    if (n > 1) v = vld1q_lane_f32(p + 1, v, 1);
    if (n > 2) v = vld1q_lane_f32(p + 2, v, 2);
    return v;
}
TIN_INLINE void vf_store_n(float *p, vf v, int n)
{
    if (n >= 4) {
        vst1q_f32(p, v);
        return;
    }
    if (n > 0) vst1q_lane_f32(p, v, 0);
    if (n > 1) vst1q_lane_f32(p + 1, v, 1);
    if (n > 2) vst1q_lane_f32(p + 2, v, 2);
}
TIN_INLINE vf vf_add(vf a, vf b) { return vaddq_f32(a, b); }
TIN_INLINE vf vf_sub(vf a, vf b) { return vsubq_f32(a, b); }
TIN_INLINE vf vf_mul(vf a, vf b) { return vmulq_f32(a, b); }
TIN_INLINE vf vf_max(vf a, vf b) { return vmaxq_f32(a, b); }
TIN_INLINE vf vf_min(vf a, vf b) { return vminq_f32(a, b); }
TIN_INLINE vf vf_neg(vf a) { return vnegq_f32(a); }
TIN_INLINE vf vf_abs(vf a) { return vabsq_f32(a); }
TIN_INLINE vm vf_lt(vf a, vf b) { return vcltq_f32(a, b); }
TIN_INLINE vm vf_eq(vf a, vf b) { return vceqq_f32(a, b); }
TIN_INLINE vf vf_select(vm m, vf a, vf b) { return vbslq_f32(m, a, b); }
TIN_INLINE vi vf_bits(vf a) { return vreinterpretq_s32_f32(a); }
TIN_INLINE vf vi_float(vi a) { return vreinterpretq_f32_s32(a); }
TIN_INLINE vi vi_set1(int32_t s) { return vdupq_n_s32(s); }
TIN_INLINE vi vi_add(vi a, vi b) { return vaddq_s32(a, b); }
TIN_INLINE vi vi_sub(vi a, vi b) { return vsubq_s32(a, b); }
TIN_INLINE vi vi_and(vi a, vi b) { return vandq_s32(a, b); }
TIN_INLINE vi vi_or(vi a, vi b) { return vorrq_s32(a, b); }
#define vi_shl(a, n) vshlq_n_s32((a), (n))
#define vi_shr(a, n) vreinterpretq_s32_u32(vshrq_n_u32(vreinterpretq_u32_s32(a), (n)))
#if defined(__aarch64__)
TIN_INLINE vf vf_div(vf a, vf b) { return vdivq_f32(a, b); }
TIN_INLINE vf vf_sqrt(vf a) { return vsqrtq_f32(a); }
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return vfmsq_f32(c, a, b); }
TIN_INLINE vf vf_fma_lane(vf a, vl b, int lane, vf c)
{
    return lane == 0   ? vfmaq_laneq_f32(c, a, b, 0)
           : lane == 1 ? vfmaq_laneq_f32(c, a, b, 1)
           : lane == 2 ? vfmaq_laneq_f32(c, a, b, 2)
                       : vfmaq_laneq_f32(c, a, b, 3);
}
TIN_INLINE vf vf_zip_lo(vf a, vf b) { return vzip1q_f32(a, b); }
TIN_INLINE vf vf_zip_hi(vf a, vf b) { return vzip2q_f32(a, b); }
TIN_INLINE float vf_reduce_add(vf a) { return vaddvq_f32(a); }
TIN_INLINE float vf_reduce_max(vf a) { return vmaxvq_f32(a); }
#define TIN_WIDENS_HALVES 1
TIN_INLINE vf vf_load_bf16(const uint16_t *p)
{
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16));
}
TIN_INLINE vf vf_load_f16(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}
TIN_INLINE void vi_store_low_halves(uint16_t *p, vi v)
{
    vst1_u16(p, vmovn_u32(vreinterpretq_u32_s32(v)));
}
#else
/* No vector division or square root: element by element keeps them correctly rounded. */
TIN_INLINE vf vf_div(vf a, vf b)
{
    float s[4], t[4];
    vst1q_f32(s, a);
    vst1q_f32(t, b);
    for (int i = 0; i < 4; i++) s[i] = s[i] / t[i];
    return vld1q_f32(s);
}
TIN_INLINE vf vf_sqrt(vf a)
{
    float s[4];
    vst1q_f32(s, a);
    for (int i = 0; i < 4; i++) s[i] = sf_sqrt(s[i]);
    return vld1q_f32(s);
}
TIN_INLINE vf vf_fma(vf a, vf b, vf c) { return vmlaq_f32(c, a, b); }
TIN_INLINE vf vf_fnma(vf a, vf b, vf c) { return vmlsq_f32(c, a, b); }
TIN_INLINE vf vf_fma_lane(vf a, vl b, int lane, vf c)
{
    return lane == 0 ? vmlaq_lane_f32(c, a, b, 0) : vmlaq_lane_f32(c, a, b, 1);
}
TIN_INLINE vf vf_zip_lo(vf a, vf b) { return vzipq_f32(a, b).val[0]; }
TIN_INLINE vf vf_zip_hi(vf a, vf b) { return vzipq_f32(a, b).val[1]; }
TIN_INLINE float vf_reduce_add(vf a)
{
    float32x2_t t = vadd_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(vpadd_f32(t, t), 0);
}
TIN_INLINE float vf_reduce_max(vf a)
{
    float32x2_t t = vmax_f32(vget_low_f32(a), vget_high_f32(a));
    return vget_lane_f32(vpmax_f32(t, t), 0);
}
#endif

#endif
