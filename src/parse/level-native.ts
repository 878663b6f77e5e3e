/**
 * Levels with letters beyond ASCII, as Java (java.util.logging, Tomcat) and PostgreSQL print them in Chinese, Japanese, Korean, Russian, Spanish and Portuguese.
 *
 * They are words of their languages too, so that one is a level only before a colon or a bracket.
 */
import type { LevelCode } from '../model/level.ts';
import { BRACKET_CLOSE, BRACKET_OPEN, COLON, SPACE, startsWith } from './bytes.ts';

const DEBUG: LevelCode = 1;
const INFO: LevelCode = 2;
const WARN: LevelCode = 3;
const ERROR: LevelCode = 4;
const FATAL: LevelCode = 5;

const WORDS: readonly (readonly [LevelCode, string])[] = [
  [DEBUG, '详细 詳細 ОТЛАДКА'],
  [
    INFO,
    'INFORMACIÓN Información INFORMAÇÕES Informações 信息 資訊 情報 정보 配置 構成 组态 구성 日志 语句 로그 СООБЩЕНИЕ ИНФОРМАЦИЯ ЗАМЕЧАНИЕ ОПЕРАТОР ПОДРОБНОСТИ ПОДСКАЗКА КОНТЕКСТ',
  ],
  [WARN, 'ADVERTÊNCIA Advertência 警告 경고 ПРЕДУПРЕЖДЕНИЕ'],
  [ERROR, '严重 嚴重 重大 심각 错误 錯誤 エラー 오류 ОШИБКА'],
  [FATAL, '致命的 致命错误 치명적오류 ВАЖНО ПАНИКА'],
];

const words = WORDS.flatMap(([code, text]) =>
  text.split(' ').map((word) => ({ code, text: Buffer.from(word).toString('latin1') })),
);
/** The first three bytes of each: most texts are turned away by these. */
const starts = new Set(words.map(({ text }) => startOf(Buffer.from(text, 'latin1'), 0)));

function startOf(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
}

/** Which of these words stands at `at`, as `levelWordAt` gives it; -1 where there is none. */
export function nativeLevelAt(bytes: Uint8Array, at: number, end: number): number {
  if (!starts.has(startOf(bytes, at))) return -1;
  for (const { code, text } of words) {
    const stop = at + text.length;
    if (stop >= end || !startsWith(bytes, at, text)) continue;
    const next = bytes[stop]!;
    if (
      next === COLON ||
      next === BRACKET_CLOSE ||
      (next === SPACE && bytes[stop + 1] === BRACKET_OPEN)
    )
      return code + 8 * text.length;
  }
  return -1;
}
